# SPDX-License-Identifier: MIT
# Writes OUT/SYMBOL.{h,cc} with the bytes of INPUT. See embed_file().
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUT}/${SYMBOL}.h
"#pragma once
#include <string_view>
namespace copilot::embedded {
extern const std::string_view ${SYMBOL};
}
")
file(WRITE ${OUT}/${SYMBOL}.cc
"#include \"embedded/${SYMBOL}.h\"
namespace copilot::embedded {
namespace {
const unsigned char kBytes[] = {${bytes}0};
}
const std::string_view ${SYMBOL}{reinterpret_cast<const char*>(kBytes),
                                 sizeof(kBytes) - 1};
}
")
