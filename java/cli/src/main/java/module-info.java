/** Refrain's command line. */
module dev.refrain.cli {
  requires dev.refrain;
  requires info.picocli;

  opens dev.refrain.cli to
      info.picocli;
}
