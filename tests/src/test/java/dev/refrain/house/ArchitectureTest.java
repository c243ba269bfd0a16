package dev.refrain.house;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
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
  private static final String IO = "dev.refrain.io..";
  private static final String CLI = "dev.refrain.cli..";

  @ArchTest
  static final ArchRule networksKnowTheContractAlone =
      noClasses()
          .that()
          .resideInAPackage(NETWORK)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(MODELS_SERIES, MODELS_TEXT, CLI, REFERENCE, BRIDGE, CPU, CUDA)
          .because("networks never ask which engine they run on");

  @ArchTest
  static final ArchRule modelsKnowNoEngine =
      noClasses()
          .that()
          .resideInAnyPackage(MODELS_SERIES, MODELS_TEXT)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(CLI, REFERENCE, BRIDGE, CPU, CUDA)
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule theContractKnowsNothingBelowOrAbove =
      noClasses()
          .that()
          .resideInAPackage(CONTRACT)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              MODELS_SERIES, MODELS_TEXT, NETWORK, IO, CLI, REFERENCE, BRIDGE, CPU, CUDA);

  @ArchTest
  static final ArchRule enginesKnowTheContractAlone =
      noClasses()
          .that()
          .resideInAnyPackage(REFERENCE, BRIDGE, CPU, CUDA)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(MODELS_SERIES, MODELS_TEXT, NETWORK, IO, CLI);

  @ArchTest
  static final ArchRule filesKnowNobody =
      classes()
          .that()
          .resideInAPackage(IO)
          .should()
          .onlyDependOnClassesThat(
              resideInAPackage(IO).or(DescribedPredicate.not(resideInAPackage("dev.refrain.."))));

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
