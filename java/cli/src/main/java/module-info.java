/** Refrain's command line. */
module dev.refrain.cli {
  requires dev.refrain;
  requires de.siegmar.fastcsv;
  requires com.google.gson;
  requires info.picocli;
  requires me.tongfei.progressbar;
  requires org.slf4j;

  opens dev.refrain.cli to
      info.picocli;
  opens dev.refrain.cli.tutorial to
      info.picocli;
}
