// The starter with its plan, as a program that the launcher's child can execute: starter/main.cc
// says what for.

#pragma once

#include "runtime/launch/plan.h"
#include "schema/descriptor.h"
#include "schema/error.h"

namespace runtime::launch {

// A sealed file in memory (memfd_create(2)), close-on-exec, with a copy of all that `plan` points
// to. Errors: kSystem, there is no memory for it, or this system executes none (vm.memfd_noexec).
schema::Result<schema::Descriptor> MakeStarter(const Plan& plan);

}  // namespace runtime::launch
