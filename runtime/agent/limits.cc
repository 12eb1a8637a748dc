#include "runtime/agent/limits.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace runtime::agent {
namespace {

using launch::CgroupLimits;
using schema::Error;
using schema::ErrorCode;
using schema::Result;
using schema::Status;
using schema::json::Kind;
using schema::json::Member;
using schema::json::Value;

// From Mesos' unit to ours. What the kernel cannot hold it refuses itself, up to `most`, where our
// own arithmetic ends.
struct Resource {
  std::string_view name;
  std::optional<std::uint64_t> CgroupLimits::*limit;
  double units;
  double least;
  double most;
};

constexpr std::array kResources = {
    Resource{"cpus", &CgroupLimits::cpu_millis, 1000, 0.01, 1e6},
    Resource{"mem", &CgroupLimits::memory_bytes, 1024 * 1024, 1, 1e12},
};

struct Amount {
  const Value* where = nullptr;  // of the last one that counts; null: not given
  double value = 0;
};
using Amounts = std::array<Amount, kResources.size()>;

Result<std::size_t> Find(const Body& body, const std::string& name, schema::Span span) {
  for (std::size_t i = 0; i < kResources.size(); ++i) {
    if (kResources[i].name == name) return i;
  }
  Error error = body.Complain(
      span, "\"" + Echo(name) + "\" cannot be limited by this agent; it takes cpus and mem");
  error.code = ErrorCode::kUnsupported;
  return error;
}

// A Value.Scalar: {"value": 0.5}. In protobuf's JSON form a double may also be a string, and is one
// where it is Infinity.
Result<double> ReadScalar(const Body& body, const Value& scalar) {
  if (scalar.kind != Kind::kObject) {
    return body.Complain(scalar.span, "an amount is an object with value");
  }
  for (const Member& member : scalar.members) {
    if (member.key.value != "value") continue;
    const Value& value = member.value;
    double number = 0;
    const char* const end = value.text.data() + value.text.size();
    const bool may_be = value.kind == Kind::kNumber || value.kind == Kind::kString;
    if (may_be && value.text == "Infinity") return HUGE_VAL;
    const auto read = std::from_chars(value.text.data(), end, number);
    if (!may_be || read.ec != std::errc() || read.ptr != end || !std::isfinite(number)) {
      return body.Complain(value.span, "value must be a number");
    }
    return number;
  }
  return body.Complain(scalar.span, "value is missing");
}

Status AddResource(const Body& body, const Value& resource, Amounts& amounts) {
  if (resource.kind != Kind::kObject) {
    return body.Complain(resource.span, "a resource is an object with name, type and scalar");
  }
  const auto name = body.Require(resource, "name", Kind::kString);
  if (!name) return Error(name.error());
  const auto index = Find(body, (*name)->text, (*name)->span);
  if (!index) return Error(index.error());
  const auto type = body.Find(resource, "type", Kind::kString);
  if (!type) return Error(type.error());
  if (*type != nullptr && (*type)->text != "SCALAR") {
    return body.Complain((*type)->span, "the type of " + (*name)->text + " is SCALAR");
  }
  const auto scalar = body.Require(resource, "scalar", Kind::kObject);
  if (!scalar) return Error(scalar.error());
  const auto value = ReadScalar(body, **scalar);
  if (!value) return Error(value.error());
  if (!(*value >= 0) || !std::isfinite(*value)) {
    return body.Complain((*scalar)->span, "a resource is a number that is not negative");
  }
  amounts[*index].where = *scalar;
  amounts[*index].value += *value;
  return {};
}

Result<CgroupLimits> Convert(const Body& body, const Amounts& amounts) {
  CgroupLimits limits;
  for (std::size_t i = 0; i < kResources.size(); ++i) {
    const auto& [name, limit, units, least, most] = kResources[i];
    const auto& [where, value] = amounts[i];
    if (where == nullptr || value == HUGE_VAL) continue;
    if (!(value >= least && value <= most)) {
      return body.Complain(where->span, std::string(name) + " is a number from " +
                                            (least < 1 ? "0.01" : "1") + " on, or out of range");
    }
    limits.*limit = static_cast<std::uint64_t>(std::llround(value * units));
  }
  return limits;
}

}  // namespace

Result<std::optional<CgroupLimits>> ReadLimits(const Body& body, const Value& call) {
  const auto resources = body.Find(call, "resources", Kind::kArray);
  if (!resources) return Error(resources.error());
  const auto limits = body.Find(call, "limits", Kind::kObject);
  if (!limits) return Error(limits.error());
  Amounts amounts;
  if (*resources != nullptr) {
    for (const Value& resource : (*resources)->items) {
      if (Status status = AddResource(body, resource, amounts); !status) {
        return std::move(status).error();
      }
    }
  }
  if (*limits != nullptr) {
    for (const Member& member : (*limits)->members) {
      const auto index = Find(body, member.key.value, member.key.span);
      if (!index) return Error(index.error());
      const auto value = ReadScalar(body, member.value);
      if (!value) return Error(value.error());
      amounts[*index] = {&member.value, *value};
    }
  }
  const bool asks = (*resources != nullptr && !(*resources)->items.empty()) ||
                    (*limits != nullptr && !(*limits)->members.empty());
  if (!asks) return std::optional<CgroupLimits>();
  auto converted = Convert(body, amounts);
  if (!converted) return std::move(converted).error();
  return std::optional<CgroupLimits>(*converted);
}

}  // namespace runtime::agent
