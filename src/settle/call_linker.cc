#include "settle/call_linker.h"

#include <algorithm>

namespace vitrine::settle {

namespace {

bool IsReport(const SpanFacts& facts) {
  return model::IsModelCall(facts.kind) && !facts.usage_is_aggregate && facts.response_hash != 0;
}

}  // namespace

CallLinker::Member& CallLinker::Open(const TraceKey& key, TraceState& trace,
                                     const std::vector<bool>& counted) {
  Member& member = members_[key];
  member.trace = &trace;
  for (uint32_t i = 0; i < trace.spans().size(); ++i) {
    const SpanFacts& facts = trace.spans()[i];
    if (counted[i] && IsReport(facts)) member.calls[facts.response_hash].push_back(i);
  }
  return member;
}

void CallLinker::Add(const TraceKey& key, TraceState& trace, const std::vector<bool>& counted,
                     const std::function<bool(SpanId)>& is_written) {
  for (const auto& [response_hash, calls] : Open(key, trace, counted).calls) {
    for (uint32_t i : calls) {
      const SpanFacts& facts = trace.spans()[i];
      // A stored call that counts and did not change is asked for by whoever repeats it.
      if (facts.counted && !is_written(facts.id)) continue;
      recent_.Insert(ResponseKey(key.project, response_hash),
                     LayerTag(facts.capture, facts.scope_hash), key.trace_id);
      auto before = TraceId::FromBytes(trace.texts().Text(facts.counted_in));
      questions_.push_back({key, response_hash, before.value_or(TraceId{})});
    }
  }
}

CallLinker::Groups CallLinker::FindGroups() const {
  Groups groups;
  for (const Question& question : questions_) {
    std::string_view project = question.trace.project;
    std::vector<TraceId> found = recent_.Find(ResponseKey(project, question.response_hash));
    // What was found once is not forgotten with what is remembered.
    if (question.counted_in) found.push_back(question.counted_in);
    if (found.empty()) continue;
    found.push_back(question.trace.trace_id);
    Group& group = groups[{project, question.response_hash}];
    group.insert(group.end(), found.begin(), found.end());
  }
  for (auto& [response, group] : groups) {
    std::sort(group.begin(), group.end());
    group.erase(std::unique(group.begin(), group.end()), group.end());
  }
  return groups;
}

Result<void> CallLinker::OpenTraces(const Groups& groups) {
  std::map<std::string_view, std::vector<TraceId>> wanted, missing;
  for (const auto& [response, group] : groups) {
    for (const TraceId& trace : group) {
      TraceKey key{response.first, trace};
      if (members_.contains(key)) continue;
      wanted[key.project].push_back(trace);
      if (ledger_.Find(key) == nullptr) missing[key.project].push_back(trace);
    }
  }
  for (auto& [project, traces] : missing) {
    std::sort(traces.begin(), traces.end());
    traces.erase(std::unique(traces.begin(), traces.end()), traces.end());
    TRY(load_(project, traces));
  }
  for (const auto& [project, traces] : wanted) {
    for (const TraceId& trace : traces) {
      TraceKey key{project, trace};
      TraceState* state = ledger_.Find(key);
      if (state == nullptr || members_.contains(key)) continue;  // Deleted since.
      state->last_batch = batch_;
      ledger_.Account(key);
      Open(key, *state, CountTrace(state->spans()));
    }
  }
  return {};
}

std::vector<CallReport> CallLinker::ReportsOf(std::string_view project, uint64_t response_hash,
                                              const Group& traces) {
  std::vector<CallReport> reports;
  for (const TraceId& trace : traces) {
    auto member = members_.find(TraceKey{project, trace});
    if (member == members_.end()) continue;
    auto calls = member->second.calls.find(response_hash);
    if (calls == member->second.calls.end()) continue;
    for (uint32_t i : calls->second) {
      const SpanFacts& facts = member->second.trace->spans()[i];
      bool has_owner = facts.effective.user != 0 || facts.effective.session != 0;
      reports.push_back({trace, facts, has_owner});
    }
  }
  return reports;
}

Result<std::vector<CallVerdict>> CallLinker::Decide() {
  Groups groups = FindGroups();
  TRY(OpenTraces(groups));
  std::vector<CallVerdict> verdicts;
  for (const auto& [response, group] : groups) {
    std::vector<CallReport> reports = ReportsOf(response.first, response.second, group);
    std::vector<size_t> winners = MatchAcrossTraces(reports);
    for (size_t i = 0; i < reports.size(); ++i) {
      bool counted = winners[i] == i;
      verdicts.push_back({std::string(response.first), reports[i].trace, reports[i].facts.id,
                          counted, counted ? TraceId{} : reports[winners[i]].trace});
    }
  }
  return verdicts;
}

}  // namespace vitrine::settle
