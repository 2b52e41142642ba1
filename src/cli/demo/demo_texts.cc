#include "cli/demo/demo_texts.h"

namespace vitrine::cli {

namespace {

DemoDomain TravelAgent() {
  return {
      "travel-agent",
      "rebooking",
      "You are the rebooking assistant of a small airline. Check the booking before you promise "
      "anything. Quote fees in "
      "euros. If a rule is unclear, say so and hand over to a person.",
      {"My flight to {x} was cancelled this morning, what are my options?",
       "Can I move my trip to {x} to next week?",
       "I missed the connection to {x}. Do I get a hotel?",
       "What does it cost to add a bag on the way to {x}?",
       "Why was I charged twice for the seat to {x}?"},
      {"Lisbon", "Tallinn", "Porto", "Bergen", "Palermo", "Gdansk", "Split", "Seville"},
      {{"find_booking", "Finds a booking by its code"},
       {"search_flights", "Searches seats on a day"},
       {"quote_fee", "Computes change fees"},
       {"issue_voucher", "Issues a hotel or meal voucher"}},
      {"The next flight to {x} leaves at 14:20 with nine seats left.",
       "Tickets of the basic fare to {x} can be changed once for 45 euros.",
       "After a cancellation by us the change to any flight to {x} within fourteen days is free.",
       "A hotel is covered when the delay to {x} goes past midnight.",
       "The booking holds two passengers and one bag.",
       "Refunds to {x} take up to seven working days to arrive."}};
}

DemoDomain ContractSearch() {
  return {
      "contract-search",
      "clause-answers",
      "Answer questions about contracts from the passages you are given and from nothing else. "
      "Name the clause you rely "
      "on. If the passages do not answer, say that they do not.",
      {"What notice period does the {x} agreement set?",
       "Who carries the cost of delay under the {x} agreement?",
       "Is there a cap on liability in the {x} agreement?",
       "Does the {x} agreement allow subcontracting?", "Which law governs the {x} agreement?"},
      {"Nordlys", "Harbour Lane", "Kestrel", "Two Rivers", "Amber", "Westgate"},
      {{"search_passages", "Finds passages by meaning"}, {"read_clause", "Reads a clause in full"}},
      {"Clause 14.2 of the {x} agreement sets a notice period of ninety days.",
       "Under clause 9 of the {x} agreement delay is paid by the party that caused it, at 0.5% a "
       "week.",
       "Liability under the {x} agreement is limited to the fees of the past twelve months.",
       "Subcontractors of the {x} agreement need consent in writing, which may not be withheld "
       "without reason.",
       "The {x} agreement is governed by the law of the supplier's seat.",
       "Schedule 3 of the {x} agreement lists the persons who may give notice."}};
}

DemoDomain CodeReviewer() {
  return {
      "code-reviewer",
      "pull-request-review",
      "Review the change like a careful colleague. Point at lines. Say what could break, what is "
      "unclear and what is "
      "good. Do not repeat what a linter says.",
      {"Review the change to {x}.", "Does the new retry loop in {x} end?",
       "Is the lock in {x} held across the callback?", "What tests are missing for {x}?"},
      {"the invoice exporter", "the session store", "the rate limiter", "the upload handler",
       "the search index"},
      {{"read_file", "Reads a file at a revision"},
       {"run_tests", "Runs the tests of a package"},
       {"search_code", "Searches the repository"}},
      {"In {x} the loop retries on every error, also on those that cannot succeed.",
       "The tests of {x} cover the happy path and the empty input.",
       "{x} opens the file before it takes the lock, so two writers may meet.",
       "The new parameter of {x} has no default in the configuration.",
       "Line 88 of {x} swallows the error and returns an empty list."}};
}

DemoDomain DataAnalyst() {
  return {"data-analyst",
          "ask-the-warehouse",
          "Turn questions into SQL over the warehouse, run it, and explain the answer in two "
          "sentences. Never guess a number.",
          {"How did {x} develop over the last quarter?", "Which region drives {x}?",
           "Why did {x} drop last Tuesday?", "Compare {x} between new and returning customers."},
          {"weekly revenue", "the return rate", "support tickets", "trial sign-ups", "basket size"},
          {{"list_tables", "Lists tables and columns"},
           {"run_sql", "Runs a query"},
           {"draw_chart", "Draws a chart"}},
          {"The query for {x} read 1.2 million rows in 0.8 seconds.",
           "{x} rose by 4.1 percent against the month before.",
           "Most of the change in {x} comes from the northern region.",
           "On Tuesday {x} was low because the payment page was down for two hours.",
           "Returning customers account for 61 percent of {x}."}};
}

}  // namespace

const std::vector<DemoDomain>& DemoDomains() {
  static const std::vector<DemoDomain> domains = {TravelAgent(), ContractSearch(), CodeReviewer(),
                                                  DataAnalyst()};
  return domains;
}

std::string Fill(std::string_view pattern, std::string_view subject) {
  std::string text(pattern);
  for (size_t at = text.find("{x}"); at != std::string::npos;
       at = text.find("{x}", at + subject.size())) {
    text.replace(at, 3, subject);
  }
  return text;
}

std::string Paragraph(const DemoDomain& domain, std::string_view subject, int64_t sentences,
                      DemoRandom& random) {
  std::string text;
  for (int64_t i = 0; i < sentences; ++i) {
    if (!text.empty()) text += ' ';
    text += Fill(domain.facts[random.Next() % domain.facts.size()], subject);
  }
  return text;
}

}  // namespace vitrine::cli
