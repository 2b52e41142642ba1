// Langfuse's OpenTelemetry attributes (WIRE-FORMATS 6.2).
#include "codecs/dialects/internal/rules.h"

namespace vitrine::codecs::dialects {

namespace {

using enum Field;
constexpr Dialect kL = Dialect::kLangfuse;

constexpr Rule kRules[] = {
    {"langfuse.observation.type", kL, kLangfuseType},
    {"langfuse.observation.level", kL, kLevel, 0, {}, Unit::kNone, true},
    {"langfuse.observation.status_message", kL, kStatusMessage},
    {"langfuse.observation.input", kL, kInputContent, 6},
    {"langfuse.observation.output", kL, kOutputContent, 6},
    {"langfuse.trace.input", kL, kInputContent, 20},
    {"langfuse.trace.output", kL, kOutputContent, 20},
    {"langfuse.observation.metadata", kL, kMetadataJson, 1, {}, Unit::kNone, true},
    {"langfuse.observation.metadata.finish_reason", kL, kFinishReasons, 8, {}, Unit::kNone, true},
    {"langfuse.observation.metadata.*", kL, kSignal},
    {"langfuse.observation.model.name", kL, kAnyModel, 1},
    {"langfuse.observation.model.parameters", kL, kParamsJson, 0},
    {"langfuse.observation.usage_details", kL, kUsageDetails},
    {"langfuse.observation.cost_details", kL, kCostDetails},
    {"langfuse.observation.completion_start_time", kL, kFirstTokenAt, 0, {}, Unit::kQuotedIso},
    {"langfuse.observation.prompt.name", kL, kPromptName, 0},
    {"langfuse.observation.prompt.version", kL, kPromptVersion, 0},
    {"langfuse.prompt.name", kL, kPromptName, 0},
    {"langfuse.prompt.version", kL, kPromptVersion, 0},
    {"langfuse.trace.name", kL, kTraceName},
    {"langfuse.trace.tags", kL, kTags},
    {"langfuse.tags", kL, kTags},
    {"langfuse.trace.public", kL, kSignal},
    {"langfuse.public", kL, kSignal},
    {"langfuse.trace.metadata", kL, kMetadataJson, 2, {}, Unit::kNone, true},
    {"langfuse.trace.metadata.langfuse_session_id", kL, kSessionId, 4},
    {"langfuse.trace.metadata.langfuse_user_id", kL, kUserId, 4},
    {"langfuse.trace.metadata.*", kL, kSignal},
    {"langfuse.user.id", kL, kUserId, 0},
    {"langfuse.session.id", kL, kSessionId, 0},
    {"langfuse.environment", kL, kEnvironment, 0},
    {"langfuse.release", kL, kRelease, 0},
    {"langfuse.version", kL, kSignal},
    {"langfuse.internal.as_root", kL, kAppRoot, 0},
    {"langfuse.internal.is_app_root", kL, kAppRoot, 1},
    {"langfuse.experiment.name", kL, kExperiment, 0},
    {"langfuse.experiment.id", kL, kExperiment, 1, {}, Unit::kNone, true},
    {"langfuse.experiment.*", kL, kSignal},
    {"langfuse.*", kL, kSignal},
};

}  // namespace

std::span<const Rule> LangfuseRules() { return kRules; }

}  // namespace vitrine::codecs::dialects
