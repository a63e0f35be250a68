// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "host/process.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace host {
namespace {

constexpr int poll_ms = 1000;

[[noreturn]] void be_child(const std::function<void()>& body, int output) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    body();
    _exit(0);
}

// Waits for the child; ends it when it stands still.
int wait_for(pid_t child, const std::atomic<uint64_t>& progress, uint32_t silent_s) noexcept {
    const int handle = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
    uint64_t seen = progress.load(std::memory_order_relaxed);
    uint32_t silent = 0;
    pollfd p{handle, POLLIN, 0};
    while (handle >= 0 && poll(&p, 1, poll_ms) <= 0) {
        const uint64_t now = progress.load(std::memory_order_relaxed);
        silent = now == seen ? silent + 1 : 0;
        seen = now;
        if (silent >= silent_s) {
            kill(child, SIGKILL);
            break;
        }
    }
    if (handle >= 0) {
        close(handle);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

void read_all(int descriptor, std::string& out) {
    char piece[4096];
    lseek(descriptor, 0, SEEK_SET);
    for (;;) {
        const ssize_t n = read(descriptor, piece, sizeof piece);
        if (n <= 0) {
            return;
        }
        out.append(piece, static_cast<size_t>(n));
    }
}

}  // namespace

void* map_shared(size_t bytes) noexcept {
    void* pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return pages != MAP_FAILED ? pages : nullptr;
}

void unmap_shared(void* address, size_t bytes) noexcept {
    munmap(address, bytes);
}

bool run_child(const std::function<void()>& body, const std::atomic<uint64_t>& progress,
               uint32_t silent_s, std::string* output, child_end& end) {
    const int pages = output != nullptr ? memfd_create("openwsk-output", MFD_CLOEXEC)
                                        : open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (pages < 0) {
        return false;
    }
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        be_child(body, pages);
    }
    if (child > 0) {
        const int status = wait_for(child, progress, silent_s);
        end = {WIFEXITED(status) ? WEXITSTATUS(status) : 0,
               WIFSIGNALED(status) ? WTERMSIG(status) : 0};
        if (output != nullptr) {
            read_all(pages, *output);
        }
    }
    close(pages);
    return child > 0;
}

}  // namespace host
