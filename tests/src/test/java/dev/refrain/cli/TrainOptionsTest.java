package dev.refrain.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import dev.refrain.io.SafetensorsFile;
import dev.refrain.network.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How {@code refrain train} learns: schedules, an early end, gaps, sizes, and other engines. */
class TrainOptionsTest {
  private static final String MODEL = "model.safetensors";
  private static final String CHECKPOINT = "checkpoint.safetensors";

  @TempDir private static Path folder;

  private static Session session;

  @BeforeAll
  static void begin() throws IOException {
    session = Session.in(folder);
  }

  @AfterAll
  static void end() {
    session.close();
  }

  @Test
  void trainingEndsEarlyWithTheBestNetworkAlsoWhenItIsResumed() throws Exception {
    String early = "--units 8 --patience 2 --look-every 5 --validation-rows 9 --json --quiet";
    JsonObject whole = run(early + " --steps 4000 --out whole").endedWith(0).json();
    long end = whole.get("steps").getAsLong();
    long best = whole.get("bestStep").getAsLong();
    assertTrue(end < 4000, "it did not end early");
    assertEquals(best + 2 * 5, end);
    Checkpoint model = Checkpoint.load(folder.resolve("whole").resolve(MODEL));
    assertEquals(Long.toString(best), model.config().get("best.step"));
    // A run that goes on looks at steps 5 and 10: neither 3 nor 7 may be in its way.
    JsonObject first = run(early + " --steps 3 --out parts").endedWith(0).json();
    assertEquals(3, first.get("bestStep").getAsLong());
    JsonObject second = run("--resume --json --quiet --steps 7 --out parts").endedWith(0).json();
    assertEquals(5, second.get("bestStep").getAsLong());
    run("--resume --json --quiet --steps 4000 --out parts").endedWith(0);
    for (String name : new String[] {MODEL, CHECKPOINT}) {
      assertEquals(
          -1,
          Files.mismatch(
              folder.resolve("whole").resolve(name), folder.resolve("parts").resolve(name)),
          name);
    }
    // Nothing is left to be gained from it.
    JsonObject again = run("--resume --json --quiet --steps 5000 --out parts").endedWith(0).json();
    assertEquals(end, again.get("steps").getAsLong());
    run("--look-every 5").refused("--look-every", "--patience");
    run("--patience 2 --validation-rows 130").refused("--validation-rows 130", "144 rows");
  }

  @Test
  void theLearningRateFollowsTheSchedule() throws Exception {
    assertEquals(1e-3, rate("--schedule constant"), 1e-9);
    assertEquals(1e-3, rate(""), 1e-9);
    assertEquals(0.25e-3, rate("--schedule step --decay 0.5 --decay-every 2"), 1e-9);
    assertEquals(1e-3 * Math.pow(0.1, 4.0 / 5), rate("--schedule exponential"), 1e-9);
    assertEquals(1e-3 * 0.5 * (1 + Math.cos(Math.PI * 4 / 5)), rate("--schedule cosine"), 1e-9);
    run("--decay 0.5").refused("--decay", "--schedule exponential or step");
    run("--schedule linear").refused("'linear'", "cosine");
  }

  /** Elsewhere it would follow neither this curve nor that. */
  @Test
  void aLearningRateThatFallsOverAllStepsKeepsTheirNumber() throws Exception {
    String few = "--units 4 --quiet --out curve ";
    run(few + "--schedule cosine --steps 3").endedWith(0);
    run(few + "--resume --steps 4").refused("--steps is 4", "over 3", "checkpoint.safetensors");
    run(few + "--resume").endedWith(0);
    run("--units 4 --quiet --out stairs --schedule step --decay-every 2 --steps 3").endedWith(0);
    run("--quiet --out stairs --resume --steps 4").endedWith(0);
  }

  /** Its loss is a number, and the cells cannot grow: nothing else would tell. */
  @Test
  void aTrainingWithoutAnyUseIsSaidToBeSo() throws Exception {
    String bad = "--cell rnn --units 8 --learning-rate 100 --steps 20 --json --out useless";
    Refrain run = run(bad).endedWith(0);
    String last = run.err().lines().reduce((first, second) -> second).orElseThrow();
    assertTrue(last.startsWith("refrain train: warning: the network is of no use"), run.err());
    assertTrue(last.contains("--learning-rate (100)"), last);
    String said = run.json().getAsJsonArray("warnings").get(0).getAsString();
    assertTrue(last.endsWith(said), last);
    Path record = folder.resolve("useless/run.json");
    assertTrue(Files.readString(record).contains("the network is of no use"));
    session.run("report", "useless").endedWith(0);
    assertTrue(Files.readString(folder.resolve("useless/report.html")).contains("of no use"));
    Refrain good = run("--units 8 --steps 20 --json --out useful").endedWith(0);
    assertFalse(good.err().contains("warning"), good.err());
    assertFalse(Files.readString(folder.resolve("useful/run.json")).contains("warnings"));
  }

  /** The last years are busier than those that were learnt: no guess of these is near them. */
  @Test
  void aNetworkIsHeldAgainstAGuessOfTheRowsThatItIsLookedAtWith() throws Exception {
    Refrain run =
        run("--units 4 --steps 1 --patience 1 --validation-rows 12 --json --out new").endedWith(0);
    double error = run.json().get("validationError").getAsDouble();
    assertTrue(error > 3, "of no use, if a guess had 1: " + error);
    assertFalse(run.err().contains("warning"), run.err());
  }

  /** That of the fifth step. */
  private double rate(String options) throws Exception {
    Path out = Files.createTempDirectory(folder, "rate");
    run(options + " --steps 5 --units 4 --quiet --out " + out).endedWith(0);
    try (SafetensorsFile tensors = SafetensorsFile.open(out.resolve(CHECKPOINT))) {
      return tensors.doubles("state.numbers")[1];
    }
  }

  @Test
  void gapsAreRefusedFilledOrDropped() throws Exception {
    StringBuilder text = new StringBuilder("sales\n");
    for (int t = 0; t < 60; t++) {
      text.append(t == 20 ? "NA" : t * 7 % 11).append('\n');
    }
    Files.writeString(folder.resolve("gaps.csv"), text);
    String[] few = "train gaps.csv --steps 2 --units 4 --quiet --json --missing".split(" ");
    session.run(with(few, "error")).refused("row 21", "gap");
    for (String way : new String[] {"interpolate", "drop"}) {
      JsonObject object =
          session.run(with(few, way, "--out", way, "--seed", "17")).endedWith(0).json();
      assertEquals(17, object.get("seed").getAsInt());
      String data = Checkpoint.load(folder.resolve(way).resolve(MODEL)).config().get("data");
      assertTrue(data.startsWith(way.equals("drop") ? "59 rows" : "60 rows"), data);
    }
    // The checkpoint knows what to do about them.
    session.run("train gaps.csv --steps 3 --resume --out drop --quiet".split(" ")).endedWith(0);
  }

  /** Rows that are not learnt must not tell how a gap before them goes on. */
  @Test
  void aGapBeforeTheValidationRowsIsFilledFromBefore() throws Exception {
    String few =
        "train border.csv --steps 2 --units 4 --window 8 --patience 2 --look-every 1 --quiet --json"
            + " --missing interpolate --validation-rows 12 --out ";
    double[] losses = new double[2];
    for (int i = 0; i < losses.length; i++) {
      border(47, i == 0 ? 1 : 90);
      losses[i] = session.run((few + i).split(" ")).endedWith(0).json().get("loss").getAsDouble();
    }
    assertEquals(losses[0], losses[1]);
    border(50, 1);
    session.run((few + "gap").split(" ")).refused("row 51", "another --validation-rows");
  }

  @Test
  void aTrainingWithoutABestNetworkFails() throws Exception {
    StringBuilder text = new StringBuilder("sales\n");
    for (int t = 0; t < 60; t++) {
      text.append(t < 48 ? Integer.toString(t * 7 % 11) : "1e60").append('\n');
    }
    Files.writeString(folder.resolve("far.csv"), text);
    String few =
        "train far.csv --out far --steps 4 --units 4 --window 8 --patience 9 --look-every 1 --quiet";
    Refrain run = session.run(few.split(" ")).endedWith(1);
    assertTrue(run.err().contains("no best network"), run.err());
    assertTrue(!run.out().contains(MODEL), run.out());
  }

  private void border(int gap, int next) throws IOException {
    StringBuilder text = new StringBuilder("sales\n");
    for (int t = 0; t < 60; t++) {
      text.append(t == gap ? "NA" : t == gap + 1 ? next : t * 7 % 11).append('\n');
    }
    Files.writeString(folder.resolve("border.csv"), text);
  }

  @Test
  void sizesBeyondTheMemoryAreRefused() throws Exception {
    run("--quiet --units 30000").refused("--units 30000", "parameters");
    run("--quiet --units 2000000000").refused("--units 2000000000", "parameters");
    run("--quiet --layers 101").refused("'101'", "from 1 to 100");
    run("--quiet --batch 2000000000").refused("--batch 2000000000", "GB of memory");
    run("--quiet --window 2000000000 --ahead 2000000000").refused("need 4000000000");
  }

  @Test
  void goingOnOnAnotherEngineIsSaid() throws Exception {
    run("--steps 2 --units 4 --quiet --device reference --out e").endedWith(0);
    String more = "--units 4 --quiet --resume --device reference --out e --steps ";
    Refrain same = run(more + 3).endedWith(0);
    assertTrue(!same.err().contains("bit for bit"), same.err());
    Refrain other = run(more + 4 + " --precision fp64").endedWith(0);
    assertTrue(other.err().contains("trained on reference java FP32"), other.err());
    assertTrue(other.err().contains("goes on on reference java FP64"), other.err());
    assertTrue(other.err().contains("not bit for bit"), other.err());
  }

  private static String[] with(String[] words, String... more) {
    return String.join(" ", String.join(" ", words), String.join(" ", more)).split(" ");
  }

  private Refrain run(String options) throws IOException {
    return session.run(("train airline-passengers.csv " + options).strip().split(" +"));
  }
}
