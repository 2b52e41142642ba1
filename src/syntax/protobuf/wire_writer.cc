#include "syntax/protobuf/wire_writer.h"

namespace vitrine::syntax {

void WireWriter::EndMessage(size_t mark) {
  uint64_t size = out_.size() - mark;
  char length[10];
  size_t length_size = 0;
  for (; size >= 0x80; size >>= 7) length[length_size++] = static_cast<char>(size | 0x80);
  length[length_size++] = static_cast<char>(size);
  out_.replace(mark - 1, 1, length, length_size);
}

}  // namespace vitrine::syntax
