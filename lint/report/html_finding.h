// One file of a page: its findings beside the source.

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lint/engine/engine.h"
#include "lint/report/matrix.h"
#include "lint/rules/rule.h"
#include "schema/kernel/target.h"

namespace lint::report {

// Stands for the number of the file, which is not known while its section is made. No text that is
// escaped holds it.
inline constexpr char kFileNumber = '\x01';

// The file's section. Its id is "f" and the number, those of its findings "f1-1", "f1-2", ...
std::string FileHtml(const engine::FileReport& file, const MatrixColumn& column,
                     std::span<const schema::kernel::Target> targets);

// "error" as a label.
std::string SeverityHtml(rules::Severity severity);

}  // namespace lint::report
