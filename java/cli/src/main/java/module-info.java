/** Refrain's command line. */
module dev.refrain.cli {
  requires dev.refrain;
  requires com.google.gson;
  requires de.siegmar.fastcsv;
  requires info.picocli;
  requires java.desktop;
  requires me.tongfei.progressbar;
  requires org.apache.xmlgraphics.batik.svggen;
  requires org.slf4j;
  requires xchart;

  opens dev.refrain.cli to
      info.picocli;
  opens dev.refrain.cli.tutorial to
      info.picocli;
}
