// Content of spans that are no conversation: tools, embeddings, retrieval, rerank.
#include <algorithm>

#include "codecs/content/stable_order.h"
#include "codecs/dialects/internal/content.h"
#include "codecs/dialects/internal/numbered.h"

namespace vitrine::codecs::dialects {

namespace {

using model::Message;
using model::RetrievedDocument;
using syntax::JsonValue;

std::string_view TextOf(JsonValue value) {
  if (value.is_string()) return value.text();
  return value.is_nothing() ? std::string_view() : value.raw();
}

struct VectorShape {
  uint32_t count = 0, dimensions = 0;
};

/// Counts vectors and the numbers of the first without reading them: [1,2], [[1,2],[3,4]] and
/// ["[1,2]","[3,4]"].
VectorShape ShapeOf(std::string_view text) {
  VectorShape shape;
  size_t open = text.find('[');
  if (open == std::string_view::npos) return shape;
  size_t inner = text.find('[', open + 1);
  bool is_nested = inner != std::string_view::npos;
  size_t first = is_nested ? inner : open;
  size_t end = text.find(']', first);
  std::string_view numbers = text.substr(first + 1, end - first - 1);
  if (Trim(numbers).empty()) return shape;
  shape.dimensions = static_cast<uint32_t>(std::ranges::count(numbers, ',')) + 1;
  shape.count = is_nested ? static_cast<uint32_t>(std::ranges::count(text, '[')) - 1 : 1;
  return shape;
}

}  // namespace

/// The value of the lowest rank, the slot's before a collected one. What was sent besides and says
/// something else goes back to the attributes.
Taken ContentResolver::BestOf(Field slot, Field collected) {
  Taken best = work_.At(slot);
  auto& values = work_.Collected(collected);
  StableOrder(values, [](const Taken& taken) { return taken.rule->rank; });
  for (const Taken& taken : values) {
    if (!best || taken.rule->rank < best.rule->rank) {
      if (best && !SameValue(best.value(), taken.value())) work_.GiveBack(best);
      best = taken;
    } else if (!SameValue(best.value(), taken.value()) && taken.attribute != best.attribute) {
      work_.GiveBack(taken);
    }
  }
  return best;
}

void ContentResolver::ResolveTool(const EventContent& events, model::Span& span) {
  MessageBuilder& builder = reader_.builder();
  std::string_view name = work_.Text(Field::kToolName);
  std::string_view id = span.tool_call_id;
  if (name.empty()) name = span.tool_name;
  if (Taken arguments = BestOf(Field::kToolArguments, Field::kInputContent)) {
    builder.Begin();
    builder.AddToolCall(id, name, Unquoted(arguments));
    input_.push_back(builder.Finish("input"));
  } else if (!events.input.empty()) {  // Strands
    builder.Begin();
    builder.AddToolCall(id, name, PreviewOf(events.input.front()));
    input_.push_back(builder.Finish("input"));
  }
  if (Taken result = BestOf(Field::kToolResult, Field::kOutputContent)) {
    builder.Begin();
    builder.AddToolResponse(id, {}, Unquoted(result));
    output_.push_back(builder.Finish("tool"));
  } else if (!events.output.empty()) {
    builder.Begin();
    builder.AddToolResponse(id, {}, PreviewOf(events.output.front()));
    output_.push_back(builder.Finish("tool"));
  }
}

void ContentResolver::ReadEmbeddingTexts(const Taken& taken, std::vector<Message>& input) {
  MessageBuilder& builder = reader_.builder();
  auto add = [&](std::string_view text) {
    if (text.empty()) return;
    builder.Begin();
    builder.AddText(text);
    input.push_back(builder.Finish("input"));
  };
  auto add_list = [&](JsonValue list) {
    for (JsonValue element : list.Elements()) {
      std::string_view text = TextOf(element);
      // The AI SDK encodes each value once more.
      JsonValue inner = text.starts_with('"') ? Parse(text) : JsonValue();
      add(inner.is_string() ? inner.text() : text);
    }
  };
  std::string_view text = ReadText(taken.value(), reader_.arena());
  std::string_view trimmed = Trim(text);
  JsonValue value;
  if (trimmed.starts_with('[') || trimmed.starts_with('{') || trimmed.starts_with('"')) {
    value = Parse(trimmed);
  }
  if (JsonValue inside = FirstOf(value, "input", "texts", "inputText", "content", "contents");
      inside.exists()) {
    value = inside;
  }
  conversation_.Clear();
  if (value.is_array() && value.At(0).is_object() &&
      reader_.ReadConversation(value, "input", conversation_)) {
    for (Message message : conversation_.messages) {  // Traceloop and LiteLLM send messages.
      message.role = "input";
      input.push_back(message);
    }
  } else if (value.is_array()) {
    add_list(value);
  } else {
    add(value.is_string() ? value.text() : text);
  }
}

void ContentResolver::ReadVectors(model::Span& span) {
  VectorShape shape;
  uint32_t numbered = 0;
  for (const Indexed& entry : OrderByIndex(work_.Collected(Field::kEmbeddingsNumbered), work_)) {
    if (entry.rest.ends_with("text")) {
      ReadEmbeddingTexts(entry.taken, input_);
    } else if (entry.rest.ends_with("vector")) {
      if (numbered++ == 0) shape = ShapeOf(ReadText(entry.taken.value(), reader_.arena()));
    } else {
      work_.GiveBack(entry.taken);
    }
  }
  if (const Taken& vectors = work_.At(Field::kEmbeddingVectors)) {
    shape = ShapeOf(ReadText(vectors.value(), reader_.arena()));
  } else if (numbered > 0) {
    shape.count = numbered;
  }
  if (shape.dimensions > 0) span.embedding_dimensions = shape.dimensions;
  if (shape.count > 0) span.embedding_count = shape.count;
  if (auto count = work_.Count(Field::kEmbeddingDimensions); count && *count <= UINT32_MAX) {
    span.embedding_dimensions = static_cast<uint32_t>(*count);
  }
}

/// The outer span of an embedding call (AI SDK) says what its child says.
void ContentResolver::ReadEmbeddingTraces(model::Span& span) {
  if (!work_.Has(Field::kEmbeddingInput) && !work_.Has(Field::kEmbeddingVectors)) return;
  if (const Taken& texts = work_.At(Field::kEmbeddingInput); texts && input_.empty()) {
    ReadEmbeddingTexts(texts, input_);
  }
  ReadVectors(span);
}

void ContentResolver::ResolveEmbedding(model::Span& span) {
  ReadVectors(span);
  Taken input = BestOf(Field::kEmbeddingInput, Field::kInputContent);
  if (input && input_.empty()) {
    ReadEmbeddingTexts(input, input_);
  } else if (input) {
    std::vector<Message> others;
    ReadEmbeddingTexts(input, others);
    bool same = std::ranges::all_of(others, [&](const Message& other) {
      return std::ranges::any_of(input_,
                                 [&](const Message& kept) { return kept.texts == other.texts; });
    });
    if (!same) work_.GiveBack(input);
  }
  if (!span.embedding_count && !input_.empty()) {
    span.embedding_count = static_cast<uint32_t>(input_.size());
  }
  // Answers of embedding calls are vectors; only their usage and model matter.
  for (const Taken& taken : work_.Collected(Field::kOutputContent)) {
    std::string_view text = ReadText(taken.value(), reader_.arena());
    JsonValue body = Trim(text).starts_with('{') ? Parse(text) : JsonValue();
    JsonValue data = FirstOf(body, "data", "embeddings");
    if (!data.is_array()) {
      work_.GiveBack(taken);
      continue;
    }
    conversation_.Clear();
    if (JsonValue model = body["model"]; model.is_string()) answer_.model = model.text();
    if (JsonValue usage = body["usage"]; usage.is_object()) answer_.usage = usage.raw();
    if (!span.embedding_dimensions) {
      JsonValue vector = FirstOf(data.At(0), "embedding", "values");
      if (!vector.is_array() && data.At(0).is_array()) vector = data.At(0);
      if (!vector.empty()) span.embedding_dimensions = static_cast<uint32_t>(vector.size());
    }
    span.embedding_count = static_cast<uint32_t>(data.size());
  }
}

void ContentResolver::ReadDocuments(JsonValue list) {
  for (JsonValue entry : list.Elements()) {
    JsonValue inner = entry["document"].is_object() ? entry["document"] : entry;
    RetrievedDocument document;
    document.id = TextOf(FirstOf(inner, "id", "document_id", "doc_id"));
    if (document.id.empty() && entry["index"].exists()) document.id = entry["index"].raw();
    document.score =
        FirstOf(entry, "score", "relevance_score", "relevanceScore", "similarity").ToDouble();
    JsonValue content = FirstOf(inner, "content", "text", "page_content", "pageContent");
    document.content = entry.is_string() ? entry.text() : TextOf(content);
    document.data_source = FirstOf(inner, "data_source", "source").text();
    JsonValue metadata = inner["metadata"];
    if (metadata.is_object() && !metadata.empty()) document.metadata = metadata.raw();
    documents_.push_back(document);
  }
}

/// The AI SDK's documents, in the order and with the scores of its ranking.
void ContentResolver::ReadRanking() {
  const Taken& documents = work_.At(Field::kRankingDocuments);
  std::vector<std::string_view> texts;
  if (documents) {
    for (JsonValue entry : Parse(documents.value().text).Elements()) {
      std::string_view text = TextOf(entry);
      JsonValue inner = text.starts_with('"') ? Parse(text) : JsonValue();
      texts.push_back(inner.is_string() ? inner.text() : text);
    }
  }
  const Taken& ranking = work_.At(Field::kRanking);
  if (ranking) {
    for (JsonValue entry : Parse(ranking.value().text).Elements()) {
      JsonValue rank = entry.is_string() ? Parse(entry.text()) : entry;
      RetrievedDocument document;
      auto index = rank["index"].ToUint();
      if (index) document.id = rank["index"].raw();
      if (index && *index < texts.size()) document.content = texts[*index];
      document.score = FirstOf(rank, "relevanceScore", "score").ToDouble();
      documents_.push_back(document);
    }
  }
  if (!documents_.empty()) return;
  for (std::string_view text : texts) {
    RetrievedDocument document;
    document.content = text;
    documents_.push_back(document);
  }
}

/// What was looked for: the text itself, or where a framework sends the retriever's arguments, that
/// one of them.
std::string_view ContentResolver::QueryOf(std::string_view text) {
  if (!Trim(text).starts_with('{')) return text;
  JsonValue arguments = Parse(text);
  for (std::string_view wrapper : {"inputs", "kwargs"}) {
    if (arguments[wrapper].is_object()) arguments = arguments[wrapper];
  }
  JsonValue query = FirstOf(arguments, "query", "question", "input");
  return query.is_string() ? query.text() : text;
}

void ContentResolver::ResolveRetrieval(const EventContent& events, model::Span& span) {
  for (Field field :
       {Field::kDocumentsNumbered, Field::kRerankOutputNumbered, Field::kRerankInputNumbered}) {
    if (documents_.empty()) {
      ReadNumberedDocuments(work_.Collected(field), work_, documents_);
    } else {
      for (const Taken& taken : work_.Collected(field)) work_.GiveBack(taken);
    }
  }
  if (const Taken& json = work_.At(Field::kDocumentsJson)) {
    JsonValue list = Parse(ReadText(json.value(), reader_.arena()));
    if (documents_.empty() && list.is_array()) {
      ReadDocuments(list);
    } else {
      if (!list.is_array()) work_.Malformed(json.attribute->key, "not a JSON array");
      work_.GiveBack(json);
    }
  }
  if (documents_.empty()) ReadRanking();
  if (documents_.empty()) documents_ = events.documents;
  Choose(false, {"input", "user"}, events, input_);
  span.retrieval_query = work_.Text(Field::kQuery);
  if (!span.retrieval_query.empty() && input_.empty()) {
    reader_.builder().Begin();
    reader_.builder().AddText(span.retrieval_query);
    input_.push_back(reader_.builder().Finish("input"));
  } else if (span.retrieval_query.empty() && input_.size() == 1) {
    span.retrieval_query = QueryOf(PreviewOf(input_.front()));
  }
  Taken output = BestOf(Field::kNone, Field::kOutputContent);
  if (!output) return;
  std::string_view text = ReadText(output.value(), reader_.arena());
  JsonValue body =
      Trim(text).starts_with('[') || Trim(text).starts_with('{') ? Parse(text) : JsonValue();
  JsonValue list = body.is_array() ? body : FirstOf(body, "documents", "results", "matches");
  bool is_list = list.is_array() && (list.At(0).is_object() || list.empty());
  if (documents_.empty() && is_list) {
    ReadDocuments(list);
  } else if (documents_.empty()) {
    Choose(true, {"output", "assistant"}, events, output_);
  } else if (!is_list) {
    work_.GiveBack(output);
  }
}

}  // namespace vitrine::codecs::dialects
