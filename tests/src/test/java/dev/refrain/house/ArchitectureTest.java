package dev.refrain.house;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.PackageMatcher;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Which package may know which: models, networks, the contract, engines, in this order. */
@AnalyzeClasses(packages = "dev.refrain", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String MODELS_SERIES = "dev.refrain.series..";
  private static final String MODELS_TEXT = "dev.refrain.text..";
  private static final String NETWORK = "dev.refrain.network..";
  private static final String CONTRACT = "dev.refrain.kernels";
  private static final String REFERENCE = "dev.refrain.kernels.reference..";
  private static final String BRIDGE = "dev.refrain.kernels.bridge..";
  private static final String CPU = "dev.refrain.kernels.cpu..";
  private static final String CUDA = "dev.refrain.kernels.cuda..";

  /** Each knows its own half of the bindings. */
  private static final String ENGINES = "dev.refrain.kernels.(cpu|cuda)..";

  private static final String PROJECTION = "dev.refrain.projection..";
  private static final String ROWS = "dev.refrain.rows..";
  private static final String IO = "dev.refrain.io..";
  private static final String CLI = "dev.refrain.cli..";

  @ArchTest
  static final ArchRule networksKnowTheContractAlone =
      knowAtMost(NETWORK, CONTRACT, IO).because("networks never ask which engine they run on");

  @ArchTest
  static final ArchRule seriesModelsKnowNoEngine =
      knowAtMost(MODELS_SERIES, NETWORK, CONTRACT, IO).because("models are made of networks");

  @ArchTest
  static final ArchRule textModelsKnowNoEngine =
      knowAtMost(MODELS_TEXT, NETWORK, CONTRACT, IO, ROWS)
          .because("models are made of networks, or of the contract");

  @ArchTest
  static final ArchRule theContractKnowsNothingBelowOrAbove =
      knowAtMost(CONTRACT).because("it is the only door between networks and engines");

  @ArchTest
  static final ArchRule theJudgeKnowsTheContractAlone =
      knowAtMost(REFERENCE, CONTRACT).because("it shares nothing with what it judges");

  @ArchTest
  static final ArchRule theBridgeKnowsTheContractAlone =
      knowAtMost(BRIDGE, CONTRACT).because("engines know nobody who uses them");

  @ArchTest
  static final ArchRule enginesKnowTheBridgeAndTheContractAlone =
      knowAtMost(ENGINES, BRIDGE, CONTRACT).because("engines know nobody who uses them");

  @ArchTest
  static final ArchRule projectionsKnowRowsAlone =
      knowAtMost(PROJECTION, ROWS)
          .because("they are laid out in plain Java, whatever the points came from");

  @ArchTest
  static final ArchRule rowsKnowNobody =
      knowAtMost(ROWS).because("models and projections both stand on them");

  @ArchTest
  static final ArchRule filesKnowNobody =
      knowAtMost(IO).because("formats outlive what is kept in them");

  @ArchTest
  static final ArchRule philoxKnowsNobody =
      classes()
          .that()
          .haveFullyQualifiedName("dev.refrain.kernels.Philox")
          .should()
          .onlyDependOnClassesThat(
              resideInAPackage("java..").or(name("dev.refrain.kernels.Philox")));

  @ArchTest
  static final ArchRule theJudgeSharesNothingWithTheJudged =
      noClasses()
          .that()
          .resideInAPackage(REFERENCE)
          .should()
          .dependOnClassesThat(
              resideInAnyPackage(BRIDGE, CPU, CUDA, "org.bytedeco..")
                  .or(name("dev.refrain.kernels.Philox")));

  @ArchTest
  static final ArchRule theJudgeIsPlainJava =
      methods()
          .that()
          .areDeclaredInClassesThat()
          .resideInAPackage(REFERENCE)
          .should()
          .notHaveModifier(JavaModifier.NATIVE);

  @ArchTest
  static final ArchRule nothingButTheBridgeKnowsJavaCpp =
      noClasses()
          .that()
          .resideOutsideOfPackages(BRIDGE, CPU, CUDA)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.bytedeco..");

  @ArchTest
  static final ArchRule noPublicSignatureShowsJavaCpp =
      classes()
          .that()
          .resideOutsideOfPackage(BRIDGE)
          .and()
          .arePublic()
          .should(showNoJavaCppInPublicSignatures());

  @ArchTest
  static final ArchRule nobodyUsesTheCommandLine =
      noClasses()
          .that()
          .resideOutsideOfPackage(CLI)
          .should()
          .dependOnClassesThat()
          .resideInAPackage(CLI);

  /** A new package gets a rule of its own, above. */
  @ArchTest
  static void everyPackageHasARule(JavaClasses all) {
    List<String> ruled =
        List.of(
            MODELS_SERIES,
            MODELS_TEXT,
            NETWORK,
            CONTRACT,
            REFERENCE,
            BRIDGE,
            CPU,
            CUDA,
            PROJECTION,
            ROWS,
            IO,
            CLI);
    Set<String> packages = new TreeSet<>();
    all.forEach(type -> packages.add(type.getPackageName()));
    packages.removeIf(
        name -> ruled.stream().anyMatch(rule -> PackageMatcher.of(rule).matches(name)));
    assertEquals(Set.of(), packages);
  }

  /** A package and what it may know of the house beside itself. */
  private static ArchRule knowAtMost(String own, String... others) {
    return classes()
        .that()
        .resideInAPackage(own)
        .should()
        .onlyDependOnClassesThat(
            resideInAPackage(own)
                .or(resideInAnyPackage(others))
                .or(DescribedPredicate.not(resideInAPackage("dev.refrain.."))));
  }

  private static ArchCondition<JavaClass> showNoJavaCppInPublicSignatures() {
    return new ArchCondition<>("show no type of JavaCPP in public or protected signatures") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        for (JavaMember member : type.getMembers()) {
          if (isVisible(member)) {
            typesOf(member)
                .filter(shown -> shown.getPackageName().startsWith("org.bytedeco"))
                .forEach(
                    shown ->
                        events.add(
                            SimpleConditionEvent.violated(
                                member, member.getFullName() + " shows " + shown.getName())));
          }
        }
      }
    };
  }

  private static boolean isVisible(JavaMember member) {
    return member.getModifiers().contains(JavaModifier.PUBLIC)
        || member.getModifiers().contains(JavaModifier.PROTECTED);
  }

  private static Stream<JavaClass> typesOf(JavaMember member) {
    List<JavaClass> types = member.getAllInvolvedRawTypes().stream().toList();
    return member instanceof JavaMethod method
        ? Stream.concat(types.stream(), Stream.of(method.getRawReturnType()))
        : types.stream();
  }
}
