// Exchanges of gateway calls on their way from the log into the engine.
#include "base/arena.h"
#include "settling/settling_fixture.h"
#include "storage/records/span_record.h"
#include "storage/schema/schema.h"

namespace vitrine::settle {
namespace {

constexpr std::string_view kOneText = "[{\"type\":\"text\",\"content\":\x1F}]";
constexpr std::string_view kBlob =
    "[{\"type\":\"text\",\"content\":\x1F},{\"type\":\"blob\",\"attachment\":\"\x1E\"}]";

class ExchangeSettling : public Settling {
 protected:
  /// One call of trace 1 that refers to its question, its picture and its answer.
  wal::Lsn SendCall(std::string_view project, std::string_view method) {
    model::SpanBatch batch;
    batch.project = project;
    batch.capture = model::Capture::kGateway;
    batch.received = Nanos{kToday * kNanosPerDay + kNanosPerDay / 2};
    model::Span& span = batch.spans.emplace_back();
    span.trace_id = *TraceId::FromHex("00000000000000000000000000000001");
    span.span_id = *SpanId::FromHex("0000000000000002");
    span.start = batch.received;
    span.end = span.start + 1000;
    span.kind = model::SpanKind::kLlm;
    const model::Attachment picture{"image/png", "\x89PNG"};
    model::Message question, answer;
    question.role = "user";
    question.parts_template = kBlob;
    question.texts = "question";
    question.attachments = {&picture, 1};
    answer.role = "assistant";
    answer.parts_template = kOneText;
    answer.texts = "answer";
    span.input_messages = {&question, 1};
    span.output_messages = {&answer, 1};
    model::Exchange exchange;
    exchange.method = method;
    exchange.url = "https://x/v1";
    exchange.status = 200;
    const model::HeaderPair headers[] = {{"b", "1"}, {"a", "2"}, {"b", "3"}};
    exchange.request_headers = headers;
    exchange.request = {
        "\"\x1F"
        "1\x1F\"\x1F"
        "0.0.4000\x1F",
        10, "gzip"};
    exchange.response = {
        "\xFF\x1F"
        "2\x1F",
        7, "", model::BodyState::kUnreadable};
    const model::ContentRef contents[] = {{model::ContentList::kInputMessages, 0, 1},
                                          {model::ContentList::kInputMessages, 0, 0},
                                          {model::ContentList::kOutputMessages, 0, 0},
                                          {model::ContentList::kDocuments, 7, 0},
                                          {model::ContentList::kInputMessages, 0, 9}};
    exchange.contents = contents;
    const uint64_t ends[] = {3, 7}, offsets[] = {1'000, 2'000'000};
    exchange.piece_ends = ends;
    exchange.piece_offsets_ns = offsets;
    span.exchange = &exchange;
    auto lsn = log_->AppendSync(records::EncodeSpanBatch(batch));
    EXPECT_TRUE(lsn);
    const wal::Lsn at = lsn.value_or(0);
    EXPECT_TRUE(settler_->WaitSettled(at, std::chrono::seconds(60)))
        << settler_->status().last_error;
    return at;
  }
};

TEST_F(ExchangeSettling, AnExchangeRefersToStoredContent) {
  SendCall("p", "POST");
  EXPECT_EQ(Ask("SELECT project, trace_id, span_id, method, url, status, request_size, "
                "request_content_encoding, request_left_out, response_left_out, piece_ends, "
                "piece_offsets_ns, arrayStringConcat(arrayMap(h -> concat(h.name, h.value), "
                "request_headers)), length(response_headers) FROM vitrine.exchanges"),
            "p\t00000000000000000000000000000001\t0000000000000002\tPOST\thttps://x/v1\t200\t10\t"
            "gzip\t\tunreadable\t[3,7]\t[1000,2000000]\tb1a2b3\t0");
  EXPECT_EQ(Ask("SELECT hex(request_skeleton), hex(response_skeleton) FROM vitrine.exchanges"),
            "221F311F221F302E302E343030301F\tFF1F321F");
  EXPECT_EQ(Ask("SELECT content_hashes[1] = (SELECT hash FROM vitrine.attachments), "
                "content_hashes[2] = (SELECT hash FROM vitrine.messages WHERE text = 'question'), "
                "content_hashes[3] = (SELECT hash FROM vitrine.messages WHERE text = 'answer'), "
                "arraySlice(content_hashes, 4) = [repeat('0', 32), repeat('0', 32)] "
                "FROM vitrine.exchanges"),
            "1\t1\t1\t1");
}

TEST_F(ExchangeSettling, TheSameCallAgainIsOneExchangeAndProjectsAreApart) {
  SendCall("p", "POST");
  SendCall("p", "POST");
  SendCall("p", "PUT");
  SendCall("other", "GET");
  Restart();
  EXPECT_EQ(Ask("SELECT project, method FROM vitrine.exchanges ORDER BY project"),
            "other\tGET\np\tPUT");
}

TEST_F(ExchangeSettling, TablesOfAnEarlierVersionGetTheirExchanges) {
  SendCall("p", "POST");
  StopSettler();
  for (const char* sql :
       {"DROP VIEW vitrine.exchanges", "DROP TABLE vitrine.exchange_rows SYNC",
        "ALTER TABLE vitrine.schema_versions DELETE WHERE version > 5 SETTINGS mutations_sync = 2",
        "INSERT INTO vitrine.schema_versions (version) VALUES (5)"}) {
    ASSERT_TRUE(engine_->client().Execute(sql)) << sql;
  }
  StartSettler();
  SendCall("p", "POST");
  EXPECT_EQ(Ask("SELECT count() FROM vitrine.exchanges"), "1");
  EXPECT_EQ(Ask("SELECT max(version) FROM vitrine.schema_versions"),
            std::to_string(storage::kSchemaVersion));
}

}  // namespace
}  // namespace vitrine::settle
