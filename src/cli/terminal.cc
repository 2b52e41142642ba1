#include "cli/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string_view>

namespace vitrine::cli {

namespace {

// Alternate screen, no cursor, no wrapping of long lines; and back.
constexpr std::string_view kEnter = "\033[?1049h\033[?25l\033[?7l";
constexpr std::string_view kLeave = "\033[?7h\033[?25h\033[?1049l";

volatile std::sig_atomic_t g_is_over = 0;

void OnSignal(int) { g_is_over = 1; }

/// A terminal that is gone takes nothing; the next wait for a key says so.
void WriteAll(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

Result<termios> Terminal::Check() {
  termios before{};
  const char* kind = std::getenv("TERM");
  const bool is_dumb = kind == nullptr || std::string_view(kind) == "dumb";
  if (isatty(STDOUT_FILENO) == 0 || is_dumb || tcgetattr(STDIN_FILENO, &before) != 0)
    return Fail(ErrorCode::kUnsupported, "this needs a terminal");
  return before;
}

Result<std::unique_ptr<Terminal>> Terminal::Open() {
  TRY_ASSIGN(const termios before, Check());
  termios raw = before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  g_is_over = 0;
  struct sigaction action{};
  action.sa_handler = OnSignal;  // Without SA_RESTART, so that a wait for a key ends.
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaction(number, &action, nullptr);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw);
  WriteAll(kEnter);
  return std::unique_ptr<Terminal>(new Terminal(before));
}

Terminal::~Terminal() {
  WriteAll(kLeave);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_DFL);
}

TerminalSize Terminal::size() const {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0)
    return {};
  return {size.ws_row, size.ws_col};
}

std::optional<char> Terminal::Key(std::chrono::milliseconds wait) const {
  pollfd keys = {STDIN_FILENO, POLLIN, 0};
  if (poll(&keys, 1, static_cast<int>(wait.count())) <= 0) return std::nullopt;
  char bytes[64];
  const ssize_t count = read(STDIN_FILENO, bytes, sizeof bytes);
  if (count <= 0) g_is_over = 1;
  if (count <= 0 || bytes[0] == '\033') return std::nullopt;
  return bytes[0];
}

bool Terminal::is_over() const { return g_is_over != 0; }

void Terminal::Draw(const std::vector<std::string>& lines) const {
  const size_t rows = size().rows;
  std::string screen = "\033[H";
  for (size_t i = 0; i < rows; ++i) {
    if (i < lines.size()) screen += lines[i];
    screen += i + 1 < rows ? "\033[0m\033[K\n" : "\033[0m\033[K";
  }
  WriteAll(screen);
}

}  // namespace vitrine::cli
