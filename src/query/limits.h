// Every limit of asking, with its reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace vitrine::query {

// Lists.

/// Rows of one page when the caller does not say.
inline constexpr uint32_t kPageSizeDefault = 100;
/// A page of 500 rows is 400 KB of JSON; whoever wants more asks for the next page or exports.
inline constexpr uint32_t kPageSizeMax = 500;
/// Candidates read for each row of a page: newest first without merging versions, then checked.
inline constexpr uint32_t kCandidatesPerRow = 2;
/// Traces or calls looked up by their ids in one statement, newest versions at once; with many the
/// index of ids sorts out too little, and candidates by time are read first.
inline constexpr size_t kNamedAtOnceMax = 64;
/// Projects whose newest row lists remember, some 100 bytes each. A server has tens of them.
inline constexpr size_t kNewestStartsMax = 1'000;
/// Counts of traces by day and project that are kept, some 100 bytes each: years of days of tens of
/// projects. What is beyond is counted at each question.
inline constexpr size_t kTraceCountsMax = 100'000;
/// Bars of a histogram: more than there are pixels for on most screens.
inline constexpr uint32_t kBucketsMax = 500;
/// Values of one facet. People pick from a list they can read; the rest is for the filter's text.
inline constexpr uint32_t kFacetValuesMax = 50;
/// Span ids or hashes in one statement: 16 to 32 bytes each in the URL, which takes 1 MiB.
inline constexpr size_t kIdsPerStatementMax = 8'000;

/// Attempts of one call that are shown. SDKs try three times, gateways ten.
inline constexpr uint32_t kAttemptsMax = 200;
/// An SDK gives an attempt ten minutes and tries three times; a call id that comes again later is
/// another call's.
inline constexpr int64_t kAttemptsApartMax = 30 * 60 * 1'000'000'000ll;

// Sessions and comparisons.

/// Turns of a page of a conversation when the caller does not say: more than most have.
inline constexpr uint32_t kSessionTurnsDefault = 200;
/// Content of a page of turns, as JSON. A browser shows that much without a pause, and one turn
/// alone may be larger.
inline constexpr size_t kSessionContentBytesMax = 8u << 20;
/// Scores of one turn that are shown: some tens of evaluators, each a few times.
inline constexpr uint32_t kScoresPerTurnMax = 200;
/// Calls of one session or trace that the cache lens looks at; the longest agents make some
/// hundreds. Beyond it the answer is an error, not a part.
inline constexpr size_t kCacheCallsMax = 2'000;
/// Messages that those calls refer to, each counted in every call that has it: the answer names
/// them all, 27 MB of JSON. Five hundred calls with a history that grows by one each are 125,000.
inline constexpr size_t kCacheMessagesMax = 300'000;
/// Earlier calls that a call is compared with: agents that run side by side alternate, and a
/// provider's cache keeps no more of a busy hour.
inline constexpr size_t kCachePredecessorsMax = 64;
/// Steps of a trace that can be aligned with another's: the table of directions is a byte for each
/// pair, 16 MB.
inline constexpr size_t kDiffStepsMax = 4'000;
/// Traces with the same first input that are shown: enough to pick a good one from.
inline constexpr uint32_t kSimilarTracesMax = 50;
/// Traces of one stretch of days that are looked at for them: enough to have some without an error,
/// and few enough to be named in one statement.
inline constexpr uint64_t kSimilarCandidatesMax = 1'000;

// The slowest.

/// A quarter of all traces are no longer the slow ones.
inline constexpr uint32_t kSlowestPerMilleMax = 250;
/// Critical paths of one answer. Shares of a thousand traces are known to some 3 %, and more would
/// read more than a page waits for.
inline constexpr uint64_t kPathTracesMax = 1'000;
/// Spans read for them, of each part: some 100 bytes each until all are here.
inline constexpr uint64_t kPathSpansMax = 200'000;
/// Names in one answer; what takes time has few.
inline constexpr size_t kPathNamesMax = 200;
/// With the largest part asked for, the middle is still another one.
inline constexpr uint64_t kMiddleTracesMin = 20;

// Text.

/// Words of one search. ClickHouse's limit for hasAllTokens is 64.
inline constexpr size_t kSearchWordsMax = 32;
inline constexpr size_t kSearchBytesMax = 1024;
/// Up to this many messages hold the words, their calls are looked up through the bloom filters
/// over hashes; beyond it nearly every granule would be a hit, and a scan by time is faster.
inline constexpr size_t kRareHashesMax = 256;

// Filters.

/// Text of one filter. People type a line; a link with one must fit into an address.
inline constexpr size_t kFilterBytesMax = 4096;
/// Brackets and nots within each other, for the reader's and the engine's stack.
inline constexpr size_t kFilterDepthMax = 32;
/// Terms and words of one filter: each may read the spans of the time once.
inline constexpr size_t kFilterTermsMax = 64;
/// Values in one pair of brackets.
inline constexpr size_t kFilterValuesMax = 100;
/// How far above a span its ancestors are looked at. Each level reads the spans once more, and a
/// span that is its own ancestor must end; agents nest some ten levels.
inline constexpr uint32_t kFilterLevelsMax = 100;
/// Completions at one place: more than fit beside a line of text.
inline constexpr size_t kCompletionsMax = 50;
/// The newest rows that values are taken from: some 20 ms, and somebody is typing.
inline constexpr uint64_t kCompletionSpansMax = 50'000;

// Answers.

/// Longer than any question of the pages takes on 10 million spans; the engine stops there.
inline constexpr std::chrono::seconds kQuestionTimeMax{30};
/// One question of the pages. The engine has 1.15 GB in all.
inline constexpr uint64_t kQuestionMemoryBytesMax = 512ull << 20;
/// Messages of one call that are shown. An agent's longest known history has some 2,000.
inline constexpr size_t kMessagesMax = 20'000;
/// A body of an exchange: what recording takes, and what scrubbing may add to it.
inline constexpr size_t kExchangeBodyBytesMax = 80u << 20;
/// Attachments in one reproduce file; as base64 it grows by a third, and it is built in memory.
inline constexpr uint64_t kReproduceAttachmentBytesMax = 64ull << 20;
/// Attributes listed by the doctor, of each sort.
inline constexpr uint32_t kDoctorRowsMax = 500;
/// Example values of attributes are cut here, at a character.
inline constexpr uint32_t kDoctorExampleBytesMax = 200;
/// The newest spans that the doctor looks at: it reads whole attribute maps.
inline constexpr uint64_t kDoctorSpansMax = 200'000;
/// Models without a price that are listed.
inline constexpr uint32_t kUnpricedModelsMax = 500;

// Repricing.

/// Reading ten million calls takes about a minute; whoever has more asks by time.
inline constexpr std::chrono::seconds kRepriceTimeMax{600};
/// Without a row of the answer. Merging versions of a busy day comes before its first row.
inline constexpr std::chrono::seconds kRepriceStallMax{60};
/// Different (provider, model, old price, new price). A project has tens of models; this bounds the
/// memory where names are made up by the sender.
inline constexpr size_t kRepriceChangesMax = 20'000;

// In the words of others (Jaeger, Tempo).

/// Names of services, operations, attributes or values in one answer: a list to pick from.
inline constexpr uint32_t kInteropNamesMax = 5'000;
/// The newest spans in which attributes and values are looked for: it reads whole maps.
inline constexpr uint64_t kInteropSpansLookedAt = 100'000;

// Exports.

/// Ten million spans take minutes, and whoever takes them may be slow.
inline constexpr std::chrono::seconds kExportTimeMax{3'600};
/// Without a byte of the answer. Merging versions of a busy day comes before its first row, and a
/// rare match is far between.
inline constexpr std::chrono::seconds kExportStallMax{300};
/// Rows that the engine reads at once; attributes make rows of 10 KB and more.
inline constexpr uint64_t kExportBlockRows = 4'096;
/// A row group of Parquet is held until it is written.
inline constexpr uint64_t kExportRowGroupRows = 65'536;
inline constexpr uint64_t kExportRowGroupBytes = 64u << 20;

// Metrics.

/// A request is some measures and a filter; a dashboard's largest has 2 KB.
inline constexpr size_t kMetricsBodyBytesMax = 64 * 1024;
/// Measures of one question: each is a column of a page, and aggregates share one scan.
inline constexpr size_t kMeasuresMax = 20;
inline constexpr size_t kFormulaBytesMax = 512;
/// Brackets and signs of a formula; people nest three.
inline constexpr size_t kFormulaDepthMax = 32;
/// Dimensions that groups are made of at once; a table with more is unreadable.
inline constexpr size_t kGroupDimensionsMax = 4;
/// Groups of one answer, without "other": the longest top list of a page.
inline constexpr uint32_t kGroupsMax = 1'000;
inline constexpr uint32_t kGroupsDefault = 10;
/// Buckets of a series: a day by minutes is 1440.
inline constexpr uint32_t kTimeBucketsMax = 1'500;
/// What "auto" stays below: a line's points, at some ten pixels each.
inline constexpr uint32_t kTimeBucketsAuto = 120;
/// Groups times buckets of one answer: each cell is some 20 bytes of JSON for each measure.
inline constexpr uint64_t kSeriesCellsMax = 100'000;
/// One question about metrics. Distinct traces of a month and exact percentiles of three million
/// calls together stay below it.
inline constexpr uint64_t kMetricsMemoryBytesMax = 768ull << 20;

/// Values of a group or bucket of which percentiles are exact also where a sketch takes the place
/// of what does not fit in memory: the sketch takes another of few values than the exact one.
inline constexpr uint64_t kSketchedValuesMin = 1'000;
/// Spans of a range whose traces are kept in a set, some 100 bytes each at the most, so that other
/// scores need not be joined.
inline constexpr uint64_t kScoredRangeSpansMax = 2'000'000;
/// Values of one dimension that a difference lists, and of all together: a page shows thirty.
inline constexpr uint32_t kDifferingValuesMax = 10;
inline constexpr size_t kDifferencesMax = 200;
/// Different tags and attributes that are compared, the most frequent first; bounds the memory
/// where senders make names up.
inline constexpr uint32_t kDifferingPairsMax = 20'000;
/// Attributes' values are compared up to this many characters: what tells groups apart is short.
inline constexpr uint32_t kDifferingTextMax = 100;
/// Rows of which a difference reads the dimensions, some two microseconds each. Of more it reads a
/// sample: a page waits for a second, and shares of half a million rows are known well enough.
inline constexpr uint64_t kDifferenceRowsMax = 600'000;
/// Of a sample with fewer selected rows than these the whole selection is read: a share among a
/// thousand is uncertain by up to 1.6 in a hundred (one standard deviation).
inline constexpr uint64_t kDifferenceSelectedMin = 1'000;
/// Stretches of time that a sample has: more than one a day of a month, so that they lie at all
/// hours. Each costs the engine a search in every part of the table.
inline constexpr uint64_t kSampleStretches = 48;
/// Rows whose attributes are read: whole maps are ten times the rest of a row.
inline constexpr uint64_t kDifferenceSampleRows = 200'000;
/// Columns and rows of a heatmap: a pixel each on a large screen.
inline constexpr uint32_t kHeatmapColumnsMax = 1'000;
inline constexpr uint32_t kHeatmapRowsMax = 200;

// The SQL door.

inline constexpr std::chrono::seconds kSqlTimeDefault{10};
inline constexpr std::chrono::seconds kSqlTimeMax{60};
/// Rows of one answer; more is an error, not a cut.
inline constexpr uint64_t kSqlRowsMax = 100'000;
/// Answers are collected before the first byte goes out, so that a failure has its right status.
inline constexpr uint64_t kSqlAnswerBytesMax = 64ull << 20;
inline constexpr uint64_t kSqlMemoryBytesMax = 512ull << 20;
/// Rows that the engine reads at once where 65,409 needed more: a question about a month of ten
/// million spans in 326 parts is answered so.
inline constexpr uint64_t kSqlSmallBlockRows = 2'048;
/// ClickHouse's own limit is 256 KiB; people write less than a hundredth of it.
inline constexpr size_t kSqlTextBytesMax = 64 * 1024;
inline constexpr size_t kSqlParametersMax = 100;
/// All parameters travel in the engine's request line of 1 MiB, each byte as three at worst.
inline constexpr size_t kSqlParameterBytesMax = 256 * 1024;
/// Nested brackets. The engine's own limit on depth is 1000, of its parser's stack.
inline constexpr size_t kSqlDepthMax = 200;

/// Whole numbers beyond it lose digits in a JSON reader that has only doubles (JavaScript).
inline constexpr uint64_t kExactDoubleMax = 1ull << 53;

static_assert(kPageSizeDefault <= kPageSizeMax);
// The middle and the slowest part do not overlap: (1 + p) / 2 <= 1 - p.
static_assert(kSlowestPerMilleMax * 3 <= 1'000);
static_assert(kSqlParameterBytesMax * 3 < (1u << 20));

}  // namespace vitrine::query
