// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "net/resolver.hpp"

#include <new>

#include "base/heap_array.hpp"
#include "host/host.hpp"

namespace net {

lookup::~lookup() {
    base::heap_delete_array(found.found, found.reserved);
}

base::ref_ptr<resolver> resolver::make(name_source& source) noexcept {
    return base::ref_ptr<resolver>::adopt(new (std::nothrow) resolver(source));
}

void resolver::last_reference_released() noexcept {
    delete this;
}

bool resolver::prepare() noexcept {
    if (host::current().simulated()) {
        return true;
    }
    {
        host::guard g(lock_);
        if (threads_ != 0) {
            return true;
        }
    }
    add_thread();
    host::guard g(lock_);
    return threads_ != 0;
}

void resolver::add_thread() noexcept {
    {
        host::guard g(lock_);
        if (threads_ == threads_max) {
            return;
        }
        ++threads_;
        ++idle_;
    }
    references.acquire();
    if (!host::run_detached(thread_main, this)) {
        (void)references.release();  // the caller has one
        host::guard g(lock_);
        --threads_;
        --idle_;
    }
}

bool resolver::submit(lookup& l) noexcept {
    host::guard g(lock_);
    l.waiting_ = true;
    waiting_.push_back(l);
    ++waiting_count_;
    if (host::current().simulated()) {
        answered_.notify_all();
        return false;
    }
    work_.notify_one();
    return waiting_count_ > idle_ && threads_ < threads_max;
}

bool resolver::withdraw(lookup& l) noexcept {
    host::guard g(lock_);
    if (!l.waiting_) {
        return false;
    }
    l.waiting_ = false;
    lookup_list::remove(l);
    --waiting_count_;
    return true;
}

lookup* resolver::take_waiting() noexcept {
    lookup* l = waiting_.pop_front();
    if (l != nullptr) {
        l->waiting_ = false;
        --waiting_count_;
    }
    return l;
}

lookup* resolver::next() noexcept {
    const bool alone = host::current().simulated();
    host::guard g(lock_);
    for (;;) {
        if (closed_) {
            return nullptr;
        }
        if (lookup* l = done_.pop_front()) {
            return l;
        }
        if (lookup* l = alone ? take_waiting() : nullptr) {
            g.unlock();
            ask(*l);
            return l;
        }
        answered_.wait(lock_);
    }
}

void resolver::ask(lookup& l) noexcept {
    if (l.about == lookup::subject::addresses) {
        source_->resolve(l.addresses, l.found);
    } else {
        source_->resolve(l.names, l.named);
    }
}

void resolver::thread_main(void* self) noexcept {
    const auto r = base::ref_ptr<resolver>::adopt(static_cast<resolver*>(self));
    r->serve();
}

void resolver::serve() noexcept {
    host::guard g(lock_);
    while (!closed_) {
        lookup* l = take_waiting();
        if (l == nullptr) {
            work_.wait(lock_);
            continue;
        }
        --idle_;
        lock_.unlock();
        ask(*l);
        lock_.lock();
        ++idle_;
        if (closed_) {
            delete l;
        } else {
            done_.push_back(*l);
            answered_.notify_all();
        }
    }
}

void resolver::drop(lookup_list& list) noexcept {
    while (lookup* l = list.pop_front()) {
        delete l;
    }
}

void resolver::close() noexcept {
    host::guard g(lock_);
    closed_ = true;
    drop(waiting_);
    drop(done_);
    waiting_count_ = 0;
    work_.notify_all();
    answered_.notify_all();
}

}  // namespace net
