package dev.refrain.build;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code refrain}, in a checkout of its own that is built already or not at all. */
class LauncherTest {
  private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

  @TempDir private Path folder;

  private Path checkout;
  private Path tools;

  @BeforeEach
  void layOutCheckout() throws Exception {
    checkout = folder.resolve("check out");
    for (String source :
        List.of("java/core/src", "java/cuda/src", "java/cli/src", "native", "cmake")) {
      Files.createDirectories(checkout.resolve(source));
    }
    for (String file :
        List.of("pom.xml", "java/core/pom.xml", "java/cuda/pom.xml", "java/cli/pom.xml")) {
      Files.createFile(checkout.resolve(file));
    }
    Files.copy(Checkout.root().resolve("refrain"), checkout.resolve("refrain"));
    tools = Files.createDirectory(folder.resolve("tools"));
    for (String tool : List.of("sed", "find", "head", "dirname", "readlink", "cat")) {
      Path script = tools.resolve(tool);
      Files.writeString(script, "#!/bin/sh\nexec " + whereIs(tool) + " \"$@\"\n");
      assertTrue(script.toFile().setExecutable(true));
    }
  }

  @Test
  void runsTheCommandLineFromAnyFolderThroughLinks() throws Exception {
    pretendBuilt();
    Path link = Files.createSymbolicLink(folder.resolve("first"), Path.of("check out/refrain"));
    Path linkToLink = Files.createSymbolicLink(folder.resolve("second"), link);
    Command version = launch(Path.of("/"), linkToLink, "--version");
    assertEquals(0, version.exitCode(), version.output());
    assertTrue(version.output().startsWith("refrain 0."), version.output());
  }

  @Test
  void passesTheExitCodeOn() throws Exception {
    pretendBuilt();
    Command unknown = launch(folder, checkout.resolve("refrain"), "--no-such-option");
    assertEquals(2, unknown.exitCode(), unknown.output());
  }

  @Test
  void asksForMavenWhenThereIsSomethingToBuild() throws Exception {
    Command launch = launch(folder, checkout.resolve("refrain"), "--version");
    assertEquals(1, launch.exitCode(), launch.output());
    assertEquals(
        "refrain: Maven (mvn) is needed to build Refrain, and it was not found."
            + " Install maven 3.6.3 or newer.\n",
        launch.output());
  }

  @Test
  void buildsAgainWhenASourceIsNewer() throws Exception {
    pretendBuilt();
    Path source = Files.createFile(checkout.resolve("native/new.cc"));
    Files.setLastModifiedTime(source, FileTime.fromMillis(System.currentTimeMillis() + 10_000));
    Command launch = launch(folder, checkout.resolve("refrain"), "--version");
    assertEquals(1, launch.exitCode(), launch.output());
    assertTrue(launch.output().contains("Maven (mvn) is needed"), launch.output());
  }

  @Test
  void buildsTheCudaEngineWhereItIsWanted() throws Exception {
    pretendBuilt();
    Path words = folder.resolve("words");
    Path maven = tools.resolve("mvn");
    Files.writeString(maven, "#!/bin/sh\necho \"$@\" >>'" + words + "'\n");
    assertTrue(maven.toFile().setExecutable(true));
    launchWithCuda("off");
    assertFalse(Files.exists(words), "what is built already is built again");
    launchWithCuda("required");
    assertTrue(Files.readString(words).contains("-Drefrain.cuda=required"), words::toString);
    Files.delete(words);
    launchWithCuda("required");
    assertFalse(Files.exists(words), "what is built with it is built again");
  }

  private void launchWithCuda(String wanted) throws Exception {
    Command launch =
        Command.run(
            folder,
            Map.of(
                "PATH",
                tools.toString(),
                "JAVA_HOME",
                JAVA_HOME.toString(),
                "REFRAIN_CUDA",
                wanted),
            List.of(checkout.resolve("refrain").toString(), "--version"));
    assertEquals(0, launch.exitCode(), launch.output());
  }

  @Test
  void asksForJava() throws Exception {
    Command launch =
        Command.run(
            folder,
            Map.of("PATH", tools.toString(), "JAVA_HOME", ""),
            List.of(checkout.resolve("refrain").toString()));
    assertEquals(1, launch.exitCode(), launch.output());
    assertEquals(
        "refrain: no Java found. Install a JDK, 17 or newer, or point JAVA_HOME at one.\n",
        launch.output());
  }

  private Command launch(Path from, Path launcher, String option) throws Exception {
    // Where there is a GPU's driver, a build without the cuda engine would not be enough.
    return Command.run(
        from,
        Map.of("PATH", tools.toString(), "JAVA_HOME", JAVA_HOME.toString(), "REFRAIN_CUDA", "off"),
        List.of(launcher.toString(), option));
  }

  private void pretendBuilt() throws Exception {
    Path lib = Checkout.root().resolve("java/cli/target/lib");
    assumeTrue(Files.isDirectory(lib), "java/cli is not packaged: run mvn verify");
    Path target = checkout.resolve("java/cli/target");
    Files.createDirectories(target.resolve("lib"));
    try (Stream<Path> jars = Files.list(lib)) {
      for (Path jar : jars.toList()) {
        Files.copy(jar, target.resolve("lib").resolve(jar.getFileName()));
      }
    }
    Files.createFile(target.resolve("built"));
  }

  private static Path whereIs(String tool) {
    return Stream.of(System.getenv("PATH").split(":", -1))
        .map(folder -> Path.of(folder, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no " + tool + " on the PATH"));
  }
}
