// What the starter has in the place of a C library: its first instruction, syscall(2), errno and
// clone(3), of x86_64 and aarch64.

#include <errno.h>

extern "C" {
[[noreturn]] void RunStarter();
__attribute__((used, visibility("hidden"))) int starter_errno = 0;
int* __errno_location() noexcept { return &starter_errno; }
}

#if defined(__x86_64__)

// Sources: the psABI's calling convention; syscall(2), "Architecture calling conventions".
__asm__(R"(
  .text
  .globl _start
_start:
  xorl %ebp, %ebp
  andq $-16, %rsp
  call RunStarter
  ud2

  .globl syscall
syscall:
  movq %rdi, %rax
  movq %rsi, %rdi
  movq %rdx, %rsi
  movq %rcx, %rdx
  movq %r8, %r10
  movq %r9, %r8
  movq 8(%rsp), %r9
  syscall
  cmpq $-4095, %rax
  jae fail
  ret
fail:
  negl %eax
  movl %eax, starter_errno(%rip)
  movq $-1, %rax
  ret

// clone(function, stack, flags, argument)
  .globl clone
clone:
  subq $16, %rsi
  movq %rdi, (%rsi)
  movq %rcx, 8(%rsi)
  movl %edx, %edi
  xorl %edx, %edx
  xorl %r10d, %r10d
  xorl %r8d, %r8d
  movl $56, %eax
  syscall
  testq %rax, %rax
  js fail
  jz in_child
  ret
in_child:
  xorl %ebp, %ebp
  popq %rax
  popq %rdi
  call *%rax
  movl %eax, %edi
  movl $60, %eax
  syscall
  ud2
)");

#elif defined(__aarch64__)

__asm__(R"(
  .text
  .globl _start
_start:
  mov x29, #0
  mov x30, #0
  bl RunStarter
  brk #0

  .globl syscall
syscall:
  mov x8, x0
  mov x0, x1
  mov x1, x2
  mov x2, x3
  mov x3, x4
  mov x4, x5
  mov x5, x6
  svc #0
  cmn x0, #4095
  b.cs fail
  ret
fail:
  neg w0, w0
  adrp x1, starter_errno
  str w0, [x1, :lo12:starter_errno]
  mov x0, #-1
  ret

// clone(function, stack, flags, argument)
  .globl clone
clone:
  stp x0, x3, [x1, #-16]!
  mov w0, w2
  mov x2, #0
  mov x3, #0
  mov x4, #0
  mov x8, #220
  svc #0
  cmp x0, #0
  b.lt fail
  b.eq in_child
  ret
in_child:
  mov x29, #0
  ldp x1, x0, [sp], #16
  blr x1
  mov x8, #93
  svc #0
  brk #0
)");

#endif
