// The measurements of ./dev bench ingest, one function each; each prints what it saw.
#pragma once

#include <string>

#include "chat_text.h"

namespace vitrine::bench {

struct Settings {
  std::string folder;   ///< For data; on the disk that is to be measured.
  double seconds = 10;  ///< Of one round.
  int rounds = 5;
  double rate = 10'000;  ///< Spans a second where the load is given.
  size_t spans = 1'000'000;
  size_t agents = 40;  ///< Side by side.
};

/// Acknowledged spans of the door on core 0, beside "walk the wire, append, fdatasync" on the same
/// core, in turns. The engine is on core 1 with the senders.
void MeasureDoor(const ChatText& text, const Settings& settings);
/// From the sender to rows that are merged, both cores, as fast as it goes; unique calls, then
/// agents that send their history again.
void MeasureLoad(const ChatText& text, const Settings& settings);
/// At `rate`: how long after its acknowledgement a span is answered by the API.
void MeasureVisible(const ChatText& text, const Settings& settings);
/// `agents` of 50 steps on disk after merging, beside zstd -3 of their texts.
void MeasureDisk(const ChatText& text, const Settings& settings);
/// Questions over `spans` spans.
void MeasureQuestions(const ChatText& text, const Settings& settings);

}  // namespace vitrine::bench
