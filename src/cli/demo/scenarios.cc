#include "cli/demo/scenarios.h"

#include "cli/demo/demo_texts.h"
#include "cli/demo/model_call.h"

namespace vitrine::cli {

namespace {

constexpr int64_t kMs = 1'000'000;

struct DemoModel {
  std::string provider, model, response_model;
  int64_t ttft_ms, per_token_us;
};

const DemoModel kModels[] = {
    {"openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", 380, 9'000},
    {"openai", "gpt-4o", "gpt-4o-2024-08-06", 620, 14'000},
    {"anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", 780, 15'000},
    {"gcp.gemini", "gemini-2.5-flash", "gemini-2.5-flash", 420, 6'000},
    {"openai", "acme-tuned-7b", "acme-tuned-7b", 210, 8'000},  // Nobody's price list knows it.
};

/// One story in the making: what its spans have in common, and a clock that moves on.
class Story {
 public:
  Story(uint64_t seed, uint64_t number, const ScenarioContext& context)
      : random_(seed ^ (number * 0xD1B54A32D192ED03ull)),
        context_(context),
        domain_(DemoDomains()[random_.Next() % DemoDomains().size()]),
        subject_(domain_.subjects[random_.Next() % domain_.subjects.size()]),
        user_("user-" + std::to_string(1 + random_.Next() % 40)),
        session_("session-" + std::to_string(seed % 1000) + "-" + std::to_string(number)),
        dialect_(static_cast<DemoDialect>(random_.Next() % 5)),
        model_(kModels[PickModel()]) {}

  std::vector<std::unique_ptr<DemoTrace>> Tell() {
    switch (random_.Next() % 10) {
      case 0:
      case 1:
      case 2: return One([this] { Agent(); });
      case 3:
      case 4:
      case 5: return One([this] { AnswerFromDocuments(); });
      case 6:
      case 7: return Chat();
      case 8: return One([this] { Embeddings(); });
      default: return One([this] { LongRun(); });
    }
  }

 private:
  size_t PickModel() {
    int64_t roll = random_.Between(1, 100);
    return roll <= 45 ? 0 : roll <= 60 ? 1 : roll <= 82 ? 2 : roll <= 96 ? 3 : 4;
  }

  void Open() {
    traces_.push_back(std::make_unique<DemoTrace>(random_, context_.is_new_release ? "v48" : "v47",
                                                  random_.Chance(85) ? "production" : "staging"));
    now_ = context_.end_ns;
  }
  DemoTrace& trace() { return *traces_.back(); }

  template <typename Body>
  std::vector<std::unique_ptr<DemoTrace>> One(Body body) {
    Open();
    body();
    ShiftToEnd();
    return std::move(traces_);
  }

  /// Scenarios run forward from the end time; this moves the whole trace back so that it ends
  /// there.
  void ShiftToEnd() {
    int64_t shift = now_ - context_.end_ns;
    for (DemoSpan& span : trace().spans()) {
      span.start_ns -= shift;
      span.end_ns -= shift;
      for (DemoEvent& event : span.events) event.time_ns -= shift;
    }
  }

  DemoSpan& Root(std::string name, std::string_view operation) {
    DemoSpan& root =
        trace().Add(nullptr, std::move(name), std::string(domain_.service), "support.app", now_);
    trace().Set(root, "gen_ai.operation.name", std::string(operation));
    trace().Set(root, "user.id", user_);
    trace().Set(root, "session.id", session_);
    trace().Set(root, "pipeline.version", std::string(context_.is_new_release ? "v48" : "v47"));
    trace().Set(root, "feature", std::string(domain_.feature));
    return root;
  }

  /// v48 put the request's number in front of the prompt and twelve examples behind it: dearer, and
  /// the provider's cache never hits.
  std::string SystemPrompt() {
    std::string prompt(domain_.system_prompt);
    if (!context_.is_new_release) return prompt;
    request_number_ = random_.Next() % 1'000'000;
    prompt += "\nExamples:";
    for (int i = 0; i < 12; ++i)
      prompt += "\n- " + Paragraph(domain_, domain_.subjects[0], 2, random_);
    return prompt;
  }

  ModelCall Call(std::vector<DemoMessage> input, DemoMessage output) {
    ModelCall call;
    call.provider = model_.provider;
    call.model = model_.model;
    call.response_model = model_.response_model;
    for (const auto& [name, description] : domain_.tools)
      call.tools.emplace_back(name, description);
    // Another number for each call, in a message of its own: what stands behind it is stored once.
    if (context_.is_new_release) {
      input.insert(
          input.begin(),
          DemoMessage{"system", "Request " + std::to_string(request_number_++) + ".", "", "", ""});
    }
    call.input_tokens = CountTokens(input);
    if (!context_.is_new_release && call.input_tokens > 150)
      call.cached_tokens = call.input_tokens * 3 / 4;
    if (model_.provider == "anthropic" && context_.is_new_release)
      call.cache_write_tokens = call.input_tokens / 2;
    call.output_tokens = std::max<int64_t>(4, CountTokens({output}));
    call.stream = random_.Chance(60);
    call.ttft_ns = random_.LongTailed(model_.ttft_ms * kMs);
    call.duration_ns =
        call.ttft_ns + call.output_tokens * random_.LongTailed(model_.per_token_us * 1000);
    if (call.stream) Stream(call);
    if (random_.Chance(3)) call.finish_reason = "length";
    call.input = std::move(input);
    call.output = std::move(output);
    return call;
  }

  void Stream(ModelCall& call) {
    int64_t at = call.ttft_ns;
    for (int64_t i = 0; i < call.output_tokens; ++i) {
      call.delta_offsets_ns.push_back(static_cast<uint64_t>(at));
      at += random_.LongTailed(model_.per_token_us * 1000);
      if (random_.Chance(1)) at += random_.Between(400, 2500) * kMs;  // A stall.
    }
    call.duration_ns = at;
  }

  DemoSpan& Emit(const DemoSpan* parent, const ModelCall& call) {
    DemoSpan& span = EmitCall(trace(), parent, std::string(domain_.service), call, dialect_, now_);
    now_ = span.end_ns;
    return span;
  }

  /// A call that is refused once or twice before it succeeds.
  void EmitWithRetries(const DemoSpan* parent, const ModelCall& call) {
    if (random_.Chance(6)) {
      ModelCall refused = call;
      refused.output_tokens = 0;
      refused.delta_offsets_ns.clear();
      refused.duration_ns = random_.LongTailed(120 * kMs);
      bool rate_limit = random_.Chance(70);
      DemoSpan& span = EmitCall(trace(), parent, std::string(domain_.service), refused,
                                DemoDialect::kGenAi, now_);
      now_ = span.end_ns;
      trace().Fail(span, rate_limit ? "RateLimitError" : "InternalServerError",
                   rate_limit ? "Rate limit reached for requests per minute. Try again in 1.2 s."
                              : "The server had an error while processing your request.",
                   rate_limit ? 429 : 500);
      now_ += random_.Between(400, 1500) * kMs;
    }
    Emit(parent, call);
  }

  DemoSpan& Tool(const DemoSpan* parent, const std::string& name, const std::string& call_id,
                 const std::string& arguments, const std::string& result) {
    DemoSpan& span = trace().Add(parent, "execute_tool " + name, std::string(domain_.service),
                                 "support.app", now_);
    now_ += random_.LongTailed(180 * kMs);
    span.end_ns = now_;
    trace().Set(span, "gen_ai.operation.name", "execute_tool");
    trace().Set(span, "gen_ai.tool.name", name);
    trace().Set(span, "gen_ai.tool.call.id", call_id);
    trace().Set(span, "gen_ai.tool.call.arguments", arguments);
    if (random_.Chance(5)) {
      trace().Fail(span, "TimeoutError", name + " did not answer within 5 s", 0);
    } else {
      trace().Set(span, "gen_ai.tool.call.result", result);
    }
    return span;
  }

  void Guardrail(const DemoSpan* parent, const std::string& name) {
    DemoSpan& span = trace().Add(parent, name, std::string(domain_.service),
                                 "openinference.instrumentation", now_);
    now_ += random_.LongTailed(30 * kMs);
    span.end_ns = now_;
    int64_t roll = random_.Between(1, 100);
    trace().Set(span, "openinference.span.kind", "GUARDRAIL");
    trace().Set(span, "guardrail.name", name);
    trace().Set(span, "guardrail.result",
                std::string(roll <= 94   ? "pass"
                            : roll <= 98 ? "flag"
                                         : "block"));
  }

  std::string CallId() { return "call_" + std::to_string(random_.Next() % 1'000'000'000); }
  std::string Arguments() { return "{\"query\":\"" + std::string(subject_) + "\"}"; }

  /// Steps of thinking and tools below `agent`; the history is re-sent with every step.
  void Steps(DemoSpan& agent, std::vector<DemoMessage> history, int64_t count, int64_t sentences) {
    for (int64_t step = 0; step < count; ++step) {
      const auto& tool = domain_.tools[random_.Next() % domain_.tools.size()];
      DemoMessage ask{"assistant", "", std::string(tool.first), CallId(), Arguments()};
      ModelCall call = Call(history, ask);
      call.finish_reason = "tool_calls";
      EmitWithRetries(&agent, call);
      std::string result = Paragraph(domain_, subject_, sentences, random_);
      Tool(&agent, ask.tool_name, ask.tool_call_id, ask.tool_arguments, result);
      history.push_back(ask);
      history.push_back({"tool", result, ask.tool_name, ask.tool_call_id, ""});
    }
    DemoMessage answer{"assistant", Paragraph(domain_, subject_, random_.Between(2, 4), random_),
                       "", "", ""};
    EmitWithRetries(&agent, Call(history, answer));
    agent.end_ns = now_;
  }

  std::string Question() {
    return Fill(domain_.questions[random_.Next() % domain_.questions.size()], subject_);
  }

  std::vector<DemoMessage> Conversation(std::string question) {
    return {{"system", SystemPrompt(), "", "", ""}, {"user", std::move(question), "", "", ""}};
  }

  void Agent() {
    DemoSpan& root = Root("invoke_agent " + std::string(domain_.service), "invoke_agent");
    trace().Set(root, "gen_ai.agent.name", std::string(domain_.service));
    Guardrail(&root, "prompt-injection");
    std::string question = Question();
    if (random_.Chance(40)) {
      DemoSpan& sub = trace().Add(&root, "invoke_agent researcher", std::string(domain_.service),
                                  "support.app", now_);
      trace().Set(sub, "gen_ai.operation.name", "invoke_agent");
      trace().Set(sub, "gen_ai.agent.name", "researcher");
      Steps(sub, Conversation("Collect what matters for: " + question), random_.Between(1, 4), 3);
    }
    Steps(root, Conversation(question), random_.Between(1, 6), 2);
    Guardrail(&root, "personal-data");
    root.end_ns = now_;
  }

  void LongRun() {
    DemoSpan& root = Root("invoke_agent " + std::string(domain_.service), "invoke_agent");
    trace().Set(root, "gen_ai.agent.name", std::string(domain_.service));
    Steps(root, Conversation(Question()), random_.Between(25, 50), 12);
    root.end_ns = now_;
  }

  void Embed(const DemoSpan* parent, const std::vector<std::string>& inputs) {
    DemoSpan& span =
        trace().Add(parent, "embeddings text-embedding-3-small", std::string(domain_.service),
                    "opentelemetry.instrumentation.openai_v2", now_);
    span.kind = 3;
    now_ += random_.LongTailed(90 * kMs);
    span.end_ns = now_;
    size_t characters = 0;
    std::string messages = "[";
    for (const std::string& input : inputs) characters += input.size();
    trace().Set(span, "gen_ai.operation.name", "embeddings");
    trace().Set(span, "gen_ai.provider.name", "openai");
    trace().Set(span, "gen_ai.request.model", "text-embedding-3-small");
    trace().Set(span, "gen_ai.response.model", "text-embedding-3-small");
    trace().Set(span, "gen_ai.usage.input_tokens", static_cast<int64_t>(characters / 4 + 1));
    trace().SetList(span, "gen_ai.request.encoding_formats", {"float"});
    trace().Set(span, "gen_ai.embeddings.dimension.count", int64_t{1536});
  }

  void Retrieve(const DemoSpan* parent, const std::string& question) {
    DemoSpan& span = trace().Add(parent, "retrieval " + std::string(domain_.feature),
                                 std::string(domain_.service),
                                 "openinference.instrumentation.llama_index", now_);
    now_ += random_.LongTailed(70 * kMs);
    span.end_ns = now_;
    int64_t count = random_.Chance(8) ? random_.Between(0, 2) : random_.Between(3, 8);
    trace().Set(span, "openinference.span.kind", "RETRIEVER");
    trace().Set(span, "input.value", question);
    trace().Set(span, "retrieval.strategy", "hybrid");
    trace().Set(span, "retrieval.top_k", int64_t{8});
    trace().Set(span, "retrieval.chunks_returned", count);
    double score = 0.93;
    for (int64_t i = 0; i < count; ++i) {
      std::string prefix = "retrieval.documents." + std::to_string(i) + ".document.";
      trace().Set(span, trace().Keep(prefix + "id"), "doc-" + std::to_string(random_.Next() % 900));
      trace().Set(span, trace().Keep(prefix + "content"), Paragraph(domain_, subject_, 3, random_));
      trace().Set(span, trace().Keep(prefix + "score"), score);
      score -= 0.02 + random_.Unit() * 0.1;
    }
  }

  void AnswerFromDocuments() {
    DemoSpan& root = Root("answer " + std::string(domain_.feature), "invoke_workflow");
    std::string question = Question();
    trace().Set(root, "user.query", question);
    Embed(&root, {question});
    Retrieve(&root, question);
    std::string passages = Paragraph(domain_, subject_, random_.Between(5, 14), random_);
    std::vector<DemoMessage> messages =
        Conversation("Passages:\n" + passages + "\n\nQuestion: " + question);
    EmitWithRetries(
        &root, Call(messages, {"assistant", Paragraph(domain_, subject_, 2, random_), "", "", ""}));
    if (random_.Chance(30)) trace().Set(root, "user_feedback.rating", random_.Between(1, 5));
    root.end_ns = now_;
  }

  void Embeddings() {
    DemoSpan& root = Root("index " + std::string(domain_.feature), "invoke_workflow");
    for (int64_t i = random_.Between(2, 8); i > 0; --i) {
      std::vector<std::string> inputs;
      for (int k = 0; k < 16; ++k) inputs.push_back(Paragraph(domain_, subject_, 3, random_));
      Embed(&root, inputs);
    }
    root.end_ns = now_;
  }

  /// Two to five traces of one session; each re-sends what was said before.
  std::vector<std::unique_ptr<DemoTrace>> Chat() {
    std::vector<DemoMessage> history = {{"system", SystemPrompt(), "", "", ""}};
    int64_t turns = random_.Between(2, 5);
    for (int64_t turn = 0; turn < turns; ++turn) {
      Open();
      DemoSpan& root = Root("chat turn", "invoke_workflow");
      history.push_back({"user", Question(), "", "", ""});
      DemoMessage answer{"assistant", Paragraph(domain_, subject_, random_.Between(1, 4), random_),
                         "", "", ""};
      EmitWithRetries(&root, Call(history, answer));
      history.push_back(answer);
      root.end_ns = now_;
      // Turns lie half a minute or more apart, the last one at the end time.
      now_ += (turns - 1 - turn) * random_.Between(30, 90) * 1000 * kMs;
      ShiftToEnd();
    }
    return std::move(traces_);
  }

  DemoRandom random_;
  ScenarioContext context_;
  uint64_t request_number_ = 0;
  const DemoDomain& domain_;
  std::string_view subject_;
  std::string user_, session_;
  DemoDialect dialect_;
  const DemoModel& model_;
  std::vector<std::unique_ptr<DemoTrace>> traces_;
  int64_t now_ = 0;
};

}  // namespace

std::vector<std::unique_ptr<DemoTrace>> MakeStory(uint64_t seed, uint64_t number,
                                                  const ScenarioContext& context) {
  return Story(seed, number, context).Tell();
}

}  // namespace vitrine::cli
