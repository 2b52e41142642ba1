#include <zstd.h>

#include <cstdio>
#include <functional>
#include <random>

#include "measures.h"
#include "pacing.h"
#include "served.h"
#include "span_source.h"

namespace vitrine::bench {

namespace {

void SendOrGive(Served& served, const Batch& batch) {
  for (int attempt = 0; attempt < 600; ++attempt) {
    if (served.Send(batch.body)) return;
    usleep(100'000);
  }
  std::fprintf(stderr, "ingest_bench: the door refuses for a minute\n");
  std::exit(1);
}

void MergeAll(Served& served) {
  const std::string tables = served.Ask(
      "SELECT arrayStringConcat(groupArray(name), ' ') FROM system.tables WHERE database = "
      "'vitrine' AND "
      "engine LIKE '%MergeTree'");
  size_t at = 0;
  while (at < tables.size()) {
    const size_t end = std::min(tables.find(' ', at), tables.size());
    served.Do("OPTIMIZE TABLE vitrine." + tables.substr(at, end - at) + " FINAL");
    at = end + 1;
  }
}

}  // namespace

void MeasureDisk(const ChatText& text, const Settings& settings) {
  Served served(settings.folder, "", "");
  constexpr size_t kSteps = 50;
  AgentRuns agents(text, settings.agents, kSteps, 64, 1);
  std::string unique;
  agents.unique_text = &unique;
  Batch batch;
  size_t sent = 0, spans = 0;
  while (spans < settings.agents * (kSteps + 1)) {
    agents.Next(batch);
    SendOrGive(served, batch);
    sent += batch.prompt_bytes;
    spans += batch.spans;
  }
  served.WaitDrained();
  MergeAll(served);
  std::string packed(ZSTD_compressBound(unique.size()), '\0');
  const size_t small = ZSTD_compress(packed.data(), packed.size(), unique.data(), unique.size(), 3);
  const double disk = std::stod(served.Ask(
      "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = 'vitrine'"));
  std::printf(
      "disk: %zu spans, %.1f MB of prompts and answers sent, %.2f MB of text once, zstd -3 %.2f "
      "MB; "
      "all tables %.2f MB: %.2fx\n",
      spans, static_cast<double>(sent) / 1e6, static_cast<double>(unique.size()) / 1e6,
      static_cast<double>(small) / 1e6, disk / 1e6, disk / static_cast<double>(small));
  std::printf("%s\n", served
                          .Ask("SELECT table, sum(rows), sum(bytes_on_disk), "
                               "sum(secondary_indices_compressed_bytes) "
                               "FROM system.parts WHERE active AND database = 'vitrine' GROUP BY "
                               "table ORDER BY 3 DESC")
                          .c_str());
}

void MeasureQuestions(const ChatText& text, const Settings& settings) {
  Served served(settings.folder, "", "");
  UniqueCalls source(text, 512, 1);
  std::vector<std::string> ids, words;
  source.trace_ids = &ids;
  source.rare_words = &words;
  Batch batch;
  const double began = Wall();
  while (ids.size() < settings.spans) {
    source.Next(batch);
    SendOrGive(served, batch);
    while (served.ingest().backlog_records > 256) usleep(50'000);
  }
  served.WaitDrained();
  served.WaitMerged();
  std::printf(
      "questions: %s spans stored in %.0f s, %s active parts\n",
      served.Ask("SELECT count() FROM vitrine.spans").c_str(), Wall() - began,
      served.Ask("SELECT count() FROM system.parts WHERE active AND database = 'vitrine'").c_str());
  std::mt19937_64 random(3);
  const auto measure = [&](const char* name, const std::function<std::string()>& target,
                           const std::function<bool(const std::string&)>& right) {
    std::vector<double> times;
    size_t wrong = 0;
    for (int i = 0; i < 300; ++i) {
      const std::string question = target();
      const double asked = Wall();
      const auto [status, body] = served.Get(question);
      times.push_back((Wall() - asked) * 1e3);
      if (status != 200 || !right(body)) ++wrong;
    }
    std::printf("  %-44s p50 %6.1f ms  p99 %6.1f ms  wrong %zu\n", name, Quantile(times, 0.5),
                Quantile(times, 0.99), wrong);
    std::fflush(stdout);
  };
  const auto one = [](const std::string& body) {
    return body.find("\"trace_id\"") != std::string::npos;
  };
  measure("trace by id", [&] { return "/api/v1/traces/" + ids[random() % ids.size()]; }, one);
  std::string cursor;
  measure("trace list, first page", [] { return std::string("/api/v1/traces?limit=50"); }, one);
  measure(
      "trace list, page after page",
      [&] { return "/api/v1/traces?limit=50" + (cursor.empty() ? "" : "&cursor=" + cursor); },
      [&](const std::string& body) {
        const size_t at = body.find("\"next_cursor\":\"");
        const size_t from = at + 15;
        cursor = at == std::string::npos ? "" : body.substr(from, body.find('"', from) - from);
        return one(body);
      });
  measure(
      "trace list of one user",
      [&] { return "/api/v1/traces?limit=50&user=u" + std::to_string(random() % 5000); }, one);
  measure(
      "a rare word in all prompts",
      [&] { return "/api/v1/traces?limit=50&q=" + words[random() % words.size()]; }, one);
}

}  // namespace vitrine::bench
