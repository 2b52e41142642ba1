// Periods of an export, and the files they become. Threads: free functions.
#pragma once

#include <string>

#include "services/exports/export_setting.h"

namespace vitrine::exports {

/// The period that holds `time`: its first nanosecond.
Nanos PeriodOf(Nanos time, int64_t every_ns);

/// "date=2026-11-21/hour=10/west.parquet"; without the hour where periods are days.
std::string PathOf(const ExportSetting& setting, Nanos period);

/// The period to go on with: `next`, unless that ended longer ago than is caught up on; `skipped`
/// counts those that are passed over.
Nanos CatchUp(const ExportSetting& setting, Nanos next, Nanos now, uint64_t& skipped);

/// "jsonl", "csv", "parquet"; "spans", "calls", ….
std::string_view FormatName(query::ExportFormat format);
std::string_view WhatName(ExportWhat what);

}  // namespace vitrine::exports
