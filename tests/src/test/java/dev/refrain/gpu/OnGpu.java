package dev.refrain.gpu;

import dev.refrain.TestEngines;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Marks tests of what only a GPU can show: the tag {@code gpu}. Without a device they are skipped
 * with the reason, and run, and so fail, where {@code -Drefrain.require} names cuda.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("gpu")
@ExtendWith(OnGpu.Condition.class)
@interface OnGpu {

  /** Whether there is a device, or has to be one. */
  final class Condition implements ExecutionCondition {
    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      String reason = TestEngines.missing().get("cuda");
      if (reason == null || TestEngines.required().contains("cuda")) {
        return ConditionEvaluationResult.enabled("a GPU is there, or required");
      }
      String skipped = context.getDisplayName() + " needs a GPU: " + reason;
      System.out.println("skipped: " + skipped);
      return ConditionEvaluationResult.disabled(skipped);
    }
  }
}
