// Proved filters of launches before, on disk. See FilterCache for those of one process.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/isolator/disk_cache.h"
#include "runtime/isolator/isolator.h"
#include "schema/filter/filter.h"
#include "schema/kernel/target.h"

namespace runtime::isolator {

// By everything that a filter is made of, the profile's text whole and this program's file among
// it. Not those with a listener.
class FilterStore {
 public:
  // Of filters for `target`, made by `options`. `directory`: see DiskCache.
  FilterStore(const std::string& directory, const schema::kernel::Target& target,
              const FilterOptions& options);

  std::optional<schema::filter::Filter> Find(std::string_view profile) const;
  // `filter`: what MakeFilter() has made of the profile.
  void Insert(std::string_view profile, const schema::filter::Filter& filter) const;

 private:
  DiskCache cache_;
  std::string made_of_;  // all but the profile; empty: it is not known
};

}  // namespace runtime::isolator
