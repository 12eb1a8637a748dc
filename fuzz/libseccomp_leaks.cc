// libseccomp 2.5 loses what it made of rules such as {arg0 == 0 and arg1 == 1}, {arg1 == 0} and
// {arg1 == 1} of one call, after seccomp_release(), too: no leak of ours.

extern "C" const char* __lsan_default_suppressions();  // compiler-rt's lsan_interface.h
extern "C" const char* __lsan_default_suppressions() { return "leak:libseccomp.so"; }
