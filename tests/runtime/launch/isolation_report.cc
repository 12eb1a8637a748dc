// isolation_report HOST_NAMESPACE...: what a contained program sees of its isolation, all of it in
// a fixed order, so that two containers with the same isolation print the same. Then "END" and a
// sleep without end. HOST_NAMESPACE: the host's "mnt:[4026531841]" and so on.
//
// Linked statically: it runs in a rootfs that holds nothing else.

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

void PrintStatus() {
  constexpr const char* kFields[] = {
      "Uid:",    "Gid:",    "Groups:", "SigBlk:", "SigIgn:", "SigCgt:",     "CapInh:",
      "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:", "Seccomp", "NoNewPrivs:", "Umask:"};
  FILE* const file = fopen("/proc/self/status", "r");
  char line[4096];
  while (file != nullptr && fgets(line, sizeof(line), file) != nullptr) {
    for (const char* field : kFields) {
      if (strncmp(line, field, strlen(field)) == 0) fputs(line, stdout);
    }
  }
  if (file != nullptr) fclose(file);
}

// Without the numbers of mounts and devices: place, options, type.
void PrintMounts() {
  FILE* const file = fopen("/proc/self/mountinfo", "r");
  char line[4096];
  while (file != nullptr && fgets(line, sizeof(line), file) != nullptr) {
    char place[512];
    char options[512];
    const char* const rest = strstr(line, " - ");
    if (rest == nullptr || sscanf(line, "%*s %*s %*s %*s %511s %511s", place, options) != 2)
      continue;
    char type[64];
    char source[512];
    sscanf(rest, " - %63s %511s", type, source);
    printf("mount %s %s %s\n", place, options, type);
  }
  if (file != nullptr) fclose(file);
}

void PrintFolder(const char* path) {
  dirent** entries = nullptr;
  const int count = scandir(path, &entries, nullptr, alphasort);
  for (int i = 0; i < count; ++i) {
    char full[512];
    snprintf(full, sizeof(full), "%s/%s", path, entries[i]->d_name);
    struct stat status {};
    if (lstat(full, &status) != 0) continue;
    printf("file %s %o %lx\n", full, (unsigned)status.st_mode, (unsigned long)status.st_rdev);
  }
}

// Whether the mounts are its own.
bool PrintNamespaces(int count, char** of_host) {
  bool own_mounts = false;
  for (int i = 0; i < count; ++i) {
    char path[64] = "/proc/self/ns/";
    strncat(path, of_host[i], strcspn(of_host[i], ":"));
    char link[64] = {};
    const bool is_read = readlink(path, link, sizeof(link) - 1) > 0;
    const bool is_own = is_read && strcmp(link, of_host[i]) != 0;
    if (is_own && strncmp(link, "mnt:", 4) == 0) own_mounts = true;
    printf("namespace %s %s\n", path, is_own ? "own" : is_read ? "host" : "?");
  }
  return own_mounts;
}

void PrintRest() {
  char text[4096] = "?";
  gethostname(text, sizeof(text));
  printf("host name %s\n", text);
  if (getcwd(text, sizeof(text)) != nullptr) printf("folder %s\n", text);
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
    rlimit limit = {};
    getrlimit((decltype(RLIMIT_CPU))resource, &limit);
    printf("limit %d %lx %lx\n", resource, (unsigned long)limit.rlim_cur,
           (unsigned long)limit.rlim_max);
  }
  printf("group leader %d, session leader %d, terminal %d %d %d\n", getpgrp() == getpid(),
         getsid(0) == getpid(), isatty(0), isatty(1), isatty(2));
}

}  // namespace

int main(int argc, char** argv) {
  PrintStatus();
  if (PrintNamespaces(argc - 1, argv + 1)) {  // else they are the host's, and many
    PrintMounts();
    PrintFolder("/dev");
    PrintFolder("/");
  }
  PrintFolder("/proc/self/fd");
  PrintRest();
  printf("END\n");
  fflush(stdout);
  for (;;) pause();
}
