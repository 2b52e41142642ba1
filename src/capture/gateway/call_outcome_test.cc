#include "capture/gateway/call_outcome.h"

#include <gtest/gtest.h>

namespace vitrine::capture {
namespace {

using codecs::providers::ModelCall;
using model::ErrorType;
using model::SpanStatus;
using net::RelayEndReason;

/// A streamed answer of which every choice had finished when `reason` ended it.
CallOutcome OutcomeOfFinished(RelayEndReason reason, bool has_end_marker) {
  Recording recording;
  recording.status = 200;
  recording.end.reason = reason;
  recording.end.response_body_bytes = 243;
  ModelCall call;
  call.is_stream = call.is_complete = true;
  call.has_end_marker = has_end_marker;
  return OutcomeOf(recording, call, false);
}

TEST(CallOutcome, AnUpstreamThatLetsGoAtTheEndMarkerHasSentAll) {
  const CallOutcome outcome = OutcomeOfFinished(RelayEndReason::kUpstreamCut, true);
  EXPECT_EQ(outcome.error_type, ErrorType::kNone);
  EXPECT_EQ(outcome.status, SpanStatus::kOk);
}

TEST(CallOutcome, AnUpstreamThatCutsBeforeTheEndMarkerFails) {
  const CallOutcome outcome = OutcomeOfFinished(RelayEndReason::kUpstreamCut, false);
  EXPECT_EQ(outcome.error_type, ErrorType::kPartial);
  EXPECT_EQ(outcome.status, SpanStatus::kError);
  EXPECT_EQ(outcome.message, "the upstream cut its answer off after 243 bytes");
}

TEST(CallOutcome, AClientMayLeaveOnceEveryChoiceHadFinished) {
  const CallOutcome outcome = OutcomeOfFinished(RelayEndReason::kClientLeft, false);
  EXPECT_EQ(outcome.error_type, ErrorType::kNone);
  EXPECT_EQ(outcome.status, SpanStatus::kOk);
}

}  // namespace
}  // namespace vitrine::capture
