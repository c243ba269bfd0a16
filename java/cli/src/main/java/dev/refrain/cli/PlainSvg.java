package dev.refrain.cli;

import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * A picture for a page of HTML, written anew from what an XML parser finds in a file: a browser
 * reads HTML by other rules, and must not find more in the file than was checked.
 */
final class PlainSvg {
  private static final Set<String> SHAPES =
      Set.of(
          "circle",
          "clipPath",
          "defs",
          "ellipse",
          "g",
          "line",
          "path",
          "polygon",
          "polyline",
          "rect",
          "text",
          "tspan");

  private static final Pattern NAME = Pattern.compile("((xml|xlink):)?[A-Za-z][A-Za-z0-9-]*");

  /** What runs or fetches something, or hides that it does. */
  private static final Pattern UNSAFE_VALUE =
      Pattern.compile("url\\((?!#)|-set\\(|//|\\\\|javascript:", Pattern.CASE_INSENSITIVE);

  private static final Pattern WHOLE_NUMBER = Pattern.compile("\\d+");

  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();
  private final String prefix;

  private PlainSvg(String prefix) {
    this.prefix = prefix;
  }

  /**
   * One picture of shapes and words, as wide as the page.
   *
   * @param file text of an SVG file
   * @param prefix put before the names within the picture
   * @return nothing if the file holds anything else
   */
  static Optional<String> of(String file, String prefix) {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    PlainSvg svg = new PlainSvg(prefix);
    try {
      XMLStreamReader reader = factory.createXMLStreamReader(new StringReader(file));
      while (reader.hasNext()) {
        if (!svg.take(reader, reader.next())) {
          return Optional.empty();
        }
      }
    } catch (XMLStreamException e) {
      return Optional.empty();
    }
    return Optional.of(svg.out.toString());
  }

  /** Whether this part of a file may be there. */
  private boolean take(XMLStreamReader reader, int event) {
    switch (event) {
      case XMLStreamConstants.START_ELEMENT -> {
        return begin(reader);
      }
      case XMLStreamConstants.END_ELEMENT -> {
        out.append("</").append(open.pop()).append('>');
        return true;
      }
      case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE -> {
        if (!open.isEmpty()) {
          out.append(ReportPage.escape(reader.getText()));
        }
        return true;
      }
      case XMLStreamConstants.COMMENT, XMLStreamConstants.DTD, XMLStreamConstants.END_DOCUMENT -> {
        return true;
      }
      default -> {
        return false;
      }
    }
  }

  private boolean begin(XMLStreamReader reader) {
    String name = reader.getLocalName();
    boolean known = open.isEmpty() ? name.equals("svg") : SHAPES.contains(name);
    if (!known || !reader.getPrefix().isEmpty()) {
      return false;
    }
    out.append('<').append(name);
    if (open.isEmpty()) {
      scale(reader);
    }
    open.push(name);
    for (int i = 0; i < reader.getAttributeCount(); i++) {
      if (!attribute(
          reader.getAttributePrefix(i),
          reader.getAttributeLocalName(i),
          reader.getAttributeValue(i))) {
        return false;
      }
    }
    out.append('>');
    return true;
  }

  /** Lets the browser scale a picture to the width of the page. */
  private void scale(XMLStreamReader reader) {
    String width = reader.getAttributeValue(null, "width");
    String height = reader.getAttributeValue(null, "height");
    if (reader.getAttributeValue(null, "viewBox") == null
        && width != null
        && height != null
        && WHOLE_NUMBER.matcher(width).matches()
        && WHOLE_NUMBER.matcher(height).matches()) {
      out.append(" viewBox=\"0 0 ").append(width).append(' ').append(height).append('"');
    }
  }

  private boolean attribute(String space, String local, String value) {
    String name = space == null || space.isEmpty() ? local : space + ":" + local;
    boolean reference = local.equalsIgnoreCase("href");
    if (!NAME.matcher(name).matches()
        || local.regionMatches(true, 0, "on", 0, 2)
        || (reference && !value.startsWith("#"))
        || UNSAFE_VALUE.matcher(value).find()) {
      return false;
    }
    String own = value.replace("url(#", "url(#" + prefix);
    if (local.equals("id")) {
      own = prefix + value;
    } else if (reference) {
      own = "#" + prefix + value.substring(1);
    }
    out.append(' ').append(name).append("=\"").append(ReportPage.escape(own)).append('"');
    return true;
  }
}
