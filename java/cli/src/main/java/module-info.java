/** Refrain's command line. */
module dev.refrain.cli {
  requires dev.refrain;
  requires de.siegmar.fastcsv;
  requires info.picocli;
  requires org.slf4j;

  opens dev.refrain.cli to
      info.picocli;
}
