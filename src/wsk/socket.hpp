// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A WSK socket, of any category. The class is one; its functions are spread over
//
//   socket.cpp      life, calls, the strand's step, completions, cancellation
//   setup.cpp       create, bind, addresses, close
//   listen.cpp      listen, accept, conditional accept (listener.hpp)
//   connection.cpp  connect, disconnect, hang-up
//   send.cpp        WskSend
//   receive.cpp     WskReceive, receive event, WskRelease
//   events.cpp      enabling, disabling and calling event callbacks
//   control.cpp     WskControlSocket; option.cpp the options it knows
//
// Documents: "Winsock Kernel Socket Categories", "WSK_SOCKET structure".
//
//   unused     -> created     [create]
//   unused     -> connected   [listen.cpp: an accepted connection]
//   created    -> bound       [bind: connection, stream, datagram]
//   created    -> listening   [bind: listen]
//   bound      -> listening   [listen: stream]
//   bound      -> connecting  [connect]
//   connecting -> connected   [on_connected]
//   connecting -> bound       [on_connected: refused, timed out, cancelled]
//   any        -> closing     [close]
//   closing    -> unused      [end: the close IRP is completed; memory rests in quarantine first]
//
//   created     has a transport (but for basic sockets), no address
//   bound       has its local address and its entry in the port table
//   listening   connections queue in the transport; they are pulled out one at a time, on demand
//   connecting  the transport has the sending direction; connect_ stands for the IRP
//   connected   what may still be done is told by the flags below
//   closing     no callback starts; requests are cancelled; the transport drains and resets.
//               When it is closed, every kernel operation is back and every completion is
//               delivered, the strand completes the close IRP, last
//
// Flags of a connected socket: send_shut_ (WskDisconnect was called: no more sends), peer_shut_
// (everything up to the peer's FIN was received), failure_ (latched: reset, timed out, aborted; all
// later requests fail with it), aborted_ (the failure is ours: no event tells it). dead_: the
// transport is lost; everything but close fails with STATUS_FILE_FORCED_CLOSED.
//
// Sending direction. A queue of sends, and at most one disconnect at its end. Whoever finds it
// idle takes the transport's token and pumps: one sendmsg for as much of the queue as fits.
// When the kernel blocks, the token passes to an armed operation and pumping goes on from there.
// Receiving direction. The same with a queue of receives; what is left over is indicated by the
// strand while the receive event is enabled. A request that waits always comes before the event.
//
// Strand. Completions first, in the order in which they were queued; then events, one at a time:
// inspect, accept, receive, disconnect. So per socket everything that the driver sees is serial.
//
// Locks: mutex() of the strand (rank socket) guards everything here. It is released around kernel
// calls (the token then stands for it) and calls into the driver. Another socket's lock is never
// taken while it is held. Below it: the transport's, the port table (object), memory, ledger.
//
// Lifetime. Memory is type-stable (sockets.hpp). holds_ counts the open socket itself (1), runners
// of the strand, calls in progress and the retry timer; the last one retires it.

#pragma once

#include <atomic>
#include <cstdint>

#include "base/inspect.hpp"
#include "io/strand.hpp"
#include "ke/edge.hpp"
#include "mm/slab.hpp"
#include "net/backend.hpp"
#include "wsk/client.hpp"
#include "wsk/indication.hpp"
#include "wsk/port_table.hpp"
#include "wsk/request.hpp"

namespace wsk {

class sockets;
class descriptor_cache;
struct listener;

enum class category : uint8_t { basic, listen, datagram, connection, stream };

/// A set of categories, for "this function exists in these tables".
constexpr uint8_t in(category c) noexcept {
    return static_cast<uint8_t>(1u << static_cast<unsigned>(c));
}

enum class socket_state : uint8_t {
    unused,
    created,
    bound,
    listening,
    connecting,
    connected,
    closing,
};

const char* name_of(category c) noexcept;
const char* name_of(socket_state s) noexcept;

/// What WskSocket and WskSocketConnect are given.
struct creation {
    wsk::category category = category::basic;
    net::family family = net::family::none;
    USHORT type = 0;
    ULONG protocol = 0;
    void* context = nullptr;
    const void* dispatch = nullptr;
    const void* site = nullptr;
    uint32_t receive_buffer = 0;              ///< SO_RCVBUF of the listener
    PSECURITY_DESCRIPTOR security = nullptr;  ///< cached by the client
};

class socket final : public io::strand, public mm::slab_entry {
public:
    socket() noexcept;

    /// PWSK_SOCKET points here.
    WSK_SOCKET exported = {};

    // -- Calls from the driver. The caller holds the socket (socket_call). Each either completes
    // the IRP and returns its status, or returns STATUS_PENDING and completes it later.

    base::status bind(const SOCKADDR* local, ULONG flags, IRP* irp, const ke::edge& e) noexcept;
    base::status listen(IRP* irp, const ke::edge& e) noexcept;
    base::status accept(ULONG flags, void* context, const WSK_CLIENT_CONNECTION_DISPATCH* dispatch,
                        SOCKADDR* local, SOCKADDR* remote, IRP* irp, const ke::edge& e) noexcept;
    base::status inspect_complete(const WSK_INSPECT_ID* id, WSK_INSPECT_ACTION action, IRP* irp,
                                  const ke::edge& e) noexcept;
    base::status connect(const SOCKADDR* remote, const WSK_BUF* first, ULONG flags, IRP* irp,
                         const ke::edge& e) noexcept;
    base::status send(const WSK_BUF* buffer, ULONG flags, IRP* irp, const ke::edge& e) noexcept;
    base::status receive(const WSK_BUF* buffer, ULONG flags, IRP* irp, const ke::edge& e) noexcept;
    base::status disconnect(const WSK_BUF* last, ULONG flags, IRP* irp, const ke::edge& e) noexcept;
    base::status release(const WSK_DATA_INDICATION* list, const ke::edge& e) noexcept;
    base::status get_address(bool remote, SOCKADDR* out, IRP* irp, const ke::edge& e) noexcept;
    base::status close(IRP* irp, const ke::edge& e) noexcept;

    struct control_call {
        WSK_CONTROL_SOCKET_TYPE type;
        ULONG code;
        ULONG level;
        SIZE_T in_bytes;
        const void* in;
        SIZE_T out_bytes;
        void* out;
        SIZE_T* returned;
    };
    struct control_result {
        base::status status;
        SIZE_T bytes = 0;
    };
    base::status control(const control_call& c, IRP* irp, const ke::edge& e) noexcept;

    // -- Life; see sockets.hpp.

    /// Gives an unused object its transport and its place; false when the transport has no
    /// resources (out says why). Adopts `transport` when it is not null (an accepted connection).
    base::status open(sockets& home, client& owner, const creation& how,
                      base::ref_ptr<net::socket> transport, socket* parent) noexcept;
    /// WskSocket's and WskSocketConnect's first completion.
    base::status complete_creation(IRP* irp, const ke::edge& e) noexcept;
    /// What the close will need, so that it cannot fail (SOCK-074); false when memory is out. The
    /// reserve that no close has used is given back with the object.
    [[nodiscard]] bool reserve_close(base::machine& m) noexcept;
    void drop_close_reserve() noexcept;
    base::status connect_created(const net::address& local, const net::address& remote, IRP* irp,
                                 const ke::edge& e) noexcept;
    /// Closes a socket that the driver never got, or gave back.
    void discard() noexcept;
    /// A listener gives the socket to the driver: from here on it is no child any more.
    void hand_over(void* context, const WSK_CLIENT_CONNECTION_DISPATCH* dispatch) noexcept;
    /// Connection events may begin, the inherited ones enabled.
    void activate(uint32_t inherited) noexcept;

    /// Keeps the object from being reused; false when it is not in use.
    [[nodiscard]] bool try_hold(uint64_t what) noexcept;
    void let_go(uint64_t what) noexcept;
    static constexpr uint64_t one_hold = 1;
    static constexpr uint64_t one_call = (uint64_t{1} << 32) | one_hold;

    /// WskCloseSocket was called for it.
    [[nodiscard]] bool closed_by_client() const noexcept {
        return closed_by_client_.load(std::memory_order_relaxed);
    }

    [[nodiscard]] wsk::category kind() const noexcept { return category_; }
    [[nodiscard]] net::family family() const noexcept { return family_; }
    [[nodiscard]] client& owner() const noexcept { return *client_; }
    [[nodiscard]] PWSK_SOCKET handle() noexcept { return &exported; }

    /// For reports: what it is and what it waits for.
    void describe(base::object_info& out) noexcept;
    void describe(base::traffic_info& out) noexcept;
    /// Calls visit for every retained indication.
    void show_retained(base::object_visitor& v) noexcept;

private:
    friend struct listener;
    friend class sockets;

    template <class Base>
    struct owned : Base {
        socket* owner = nullptr;
    };
    template <class Operation>
    static socket& owner_of(net::operation& o) noexcept {
        return *static_cast<owned<Operation>&>(o).owner;
    }

    // -- The strand.
    bool step() noexcept override OPENWSK_REQUIRES(mutex_);
    bool events_waiting() noexcept override OPENWSK_REQUIRES(mutex_);
    void keep() noexcept override;
    void drop() noexcept override;
    void finished() noexcept override;

    // -- socket.cpp: requests
    /// Claims the IRP and makes a request. Null: the IRP is completed with
    /// STATUS_INSUFFICIENT_RESOURCES.
    static request* begin(request_kind kind, IRP* irp, const ke::edge& e) noexcept;
    static request& make_request(io::operation& op, request_kind kind) noexcept;
    /// The frame of every call that an IRP belongs to: body(request&), under the lock, either
    /// refuses with a failure (the IRP is completed with it inside the call) or takes the request
    /// over.
    template <class Body>
    base::status submit(request_kind kind, IRP* irp, const ke::edge& e, Body&& body) noexcept;
    template <class Body>
    base::status submit(request& r, Body&& body) noexcept;
    /// Takes a fresh request over: STATUS_PENDING will be returned.
    void pend(request& r) noexcept OPENWSK_REQUIRES(mutex_);
    /// The same, and puts it on a queue where it can be cancelled.
    void queue(request_list& on, request& r) noexcept OPENWSK_REQUIRES(mutex_);
    /// The request is done; the strand will complete it.
    void finish(request& r, base::status s, uint64_t information = 0) noexcept
        OPENWSK_REQUIRES(mutex_);
    /// The same for a request that is on a queue.
    void finish_queued(request& r, base::status s, uint64_t information = 0) noexcept
        OPENWSK_REQUIRES(mutex_);
    void finish_all(request_list& of, base::status s) noexcept OPENWSK_REQUIRES(mutex_);
    void deliver(request& r) noexcept OPENWSK_REQUIRES(mutex_);
    static void on_cancel(io::operation& op) noexcept;
    void cancel(request& r) noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] bool work_waiting() noexcept OPENWSK_REQUIRES(mutex_);
    bool event_step() noexcept OPENWSK_REQUIRES(mutex_);
    void set_state(socket_state s) noexcept OPENWSK_REQUIRES(mutex_);
    /// Why a call that needs a connection cannot be served; STATUS_SUCCESS when it can.
    [[nodiscard]] base::status connection_status() const noexcept OPENWSK_REQUIRES(mutex_);
    void retry_later() noexcept OPENWSK_REQUIRES(mutex_);
    static void on_retry(net::task& t) noexcept;
    void forget_life() noexcept;

    // -- setup.cpp
    base::status bind_now(const net::address& local) noexcept OPENWSK_REQUIRES(mutex_);
    void begin_close() noexcept OPENWSK_REQUIRES(mutex_);
    static void on_closed(net::operation& o) noexcept;
    [[nodiscard]] bool can_end() const noexcept OPENWSK_REQUIRES(mutex_);
    void end() noexcept OPENWSK_REQUIRES(mutex_);

    // -- listen.cpp
    [[nodiscard]] bool wants_connections() noexcept OPENWSK_REQUIRES(mutex_);
    void pump_accepts() noexcept OPENWSK_REQUIRES(mutex_);
    void match_accepts() noexcept OPENWSK_REQUIRES(mutex_);
    void take_connection(base::ref_ptr<net::socket> transport) noexcept OPENWSK_REQUIRES(mutex_);
    bool accept_step() noexcept OPENWSK_REQUIRES(mutex_);
    bool inspect_step() noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] bool accept_event_due() noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] bool accept_event_live() noexcept OPENWSK_REQUIRES(mutex_);
    static void on_accept(net::operation& o) noexcept;
    base::status start_listening() noexcept OPENWSK_REQUIRES(mutex_);
    bool drop_step() noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] bool inspect_due() noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] bool drop_due() noexcept OPENWSK_REQUIRES(mutex_);
    void child_failed(socket& child) noexcept;
    void release_accepting() noexcept OPENWSK_REQUIRES(mutex_);
    void settle_inspection(socket& child, WSK_INSPECT_ACTION action) noexcept
        OPENWSK_REQUIRES(mutex_);
    void offer_accept(socket& child) noexcept OPENWSK_REQUIRES(mutex_);

    // -- connection.cpp
    void start_connect(request& r, const net::address& remote) noexcept OPENWSK_REQUIRES(mutex_);
    static void on_connected(net::operation& o) noexcept;
    void enter_connected() noexcept OPENWSK_REQUIRES(mutex_);
    static void on_hangup(net::operation& o) noexcept;
    void watch_hangup(bool error_only) noexcept OPENWSK_REQUIRES(mutex_);
    void latch(net::error e) noexcept OPENWSK_REQUIRES(mutex_);
    void abort_now(base::status s) noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] bool disconnect_event_due() noexcept OPENWSK_REQUIRES(mutex_);
    bool disconnect_step() noexcept OPENWSK_REQUIRES(mutex_);
    bool dead_step() noexcept OPENWSK_REQUIRES(mutex_);
    /// The events that have not been told yet that the socket is dead.
    [[nodiscard]] uint32_t dead_events_due() noexcept OPENWSK_REQUIRES(mutex_);
    void lose_transport() noexcept OPENWSK_REQUIRES(mutex_);
    base::status told(net::error e) noexcept OPENWSK_REQUIRES(mutex_);
    void made_known(bool success) noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] size_t ideal_backlog() noexcept OPENWSK_REQUIRES(mutex_);
    void note_backlog() noexcept OPENWSK_REQUIRES(mutex_);
    bool backlog_step() noexcept OPENWSK_REQUIRES(mutex_);

    // -- send.cpp
    void pump_sends() noexcept OPENWSK_REQUIRES(mutex_);
    void send_some() noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] uint64_t success_information(const request& r) noexcept OPENWSK_REQUIRES(mutex_);
    static void report_chain(buffer_cursor::verdict v, const WSK_BUF& buffer,
                             const ke::edge& e) noexcept;
    void account_sent(size_t bytes) noexcept OPENWSK_REQUIRES(mutex_);
    void start_finish(request& r) noexcept OPENWSK_REQUIRES(mutex_);
    static void on_sendable(net::operation& o) noexcept;
    static void on_finished(net::operation& o) noexcept;
    void release_sending() noexcept OPENWSK_REQUIRES(mutex_);

    // -- receive.cpp
    void pump_receives() noexcept OPENWSK_REQUIRES(mutex_);
    void serve_staged(request& r) noexcept OPENWSK_REQUIRES(mutex_);
    void receive_some(request& r) noexcept OPENWSK_REQUIRES(mutex_);
    void stage_some() noexcept OPENWSK_REQUIRES(mutex_);
    void read_ended(net::error e) noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] bool receive_done(const request& r) const noexcept OPENWSK_REQUIRES(mutex_);
    bool acquire_receiving() noexcept OPENWSK_REQUIRES(mutex_);
    void release_receiving() noexcept OPENWSK_REQUIRES(mutex_);
    void arm_receive() noexcept OPENWSK_REQUIRES(mutex_);
    static void on_receivable(net::operation& o) noexcept;
    void settle_receiving(bool ready) noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] bool receive_event_live() noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] bool receive_event_due() noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] bool wants_to_read() noexcept OPENWSK_REQUIRES(mutex_);
    bool receive_step() noexcept OPENWSK_REQUIRES(mutex_);
    bool read_for_event(lent*& out, bool& drained) noexcept OPENWSK_REQUIRES(mutex_);
    void indicate(lent& l, bool drained) noexcept OPENWSK_REQUIRES(mutex_);
    void settle_indication(lent& l, NTSTATUS s, size_t taken) noexcept OPENWSK_REQUIRES(mutex_);
    bool take_back(lent& l) noexcept OPENWSK_REQUIRES(mutex_);
    void note_end_of_stream() noexcept OPENWSK_REQUIRES(mutex_);
    void stage(lent& l) noexcept OPENWSK_REQUIRES(mutex_);
    void drop_staged() noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] size_t receive_budget() const noexcept OPENWSK_REQUIRES(mutex_);

    // -- events.cpp
    [[nodiscard]] uint32_t callbacks_present() const noexcept OPENWSK_REQUIRES(mutex_);
    base::status set_events(const control_call& c, IRP* irp, const ke::edge& e) noexcept;
    base::status enable_events(uint32_t mask) noexcept OPENWSK_REQUIRES(mutex_);
    base::status disable_event(uint32_t event) noexcept OPENWSK_REQUIRES(mutex_);
    void callback_begins(uint32_t event) noexcept OPENWSK_REQUIRES(mutex_);
    void callback_ended() noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] bool event_live(uint32_t event) const noexcept OPENWSK_REQUIRES(mutex_) {
        return (enabled_ & event) != 0 && active_ && !begun_close_;
    }

    // -- control.cpp, option.cpp
    control_result control_now(const control_call& c) noexcept OPENWSK_REQUIRES(mutex_);
    control_result socket_ioctl(const control_call& c) noexcept OPENWSK_REQUIRES(mutex_);
    control_result backlog_ioctl(const control_call& c) noexcept OPENWSK_REQUIRES(mutex_);
    control_result silent_ioctl() noexcept OPENWSK_REQUIRES(mutex_);
    control_result option(const control_call& c) noexcept OPENWSK_REQUIRES(mutex_);
    control_result ipv4_option(const control_call& c) noexcept OPENWSK_REQUIRES(mutex_);
    control_result ipv6_option(const control_call& c) noexcept OPENWSK_REQUIRES(mutex_);
    control_result error_report_option(const control_call& c) noexcept OPENWSK_REQUIRES(mutex_);
    control_result translated_option(net::option o, const control_call& c,
                                     int64_t (*to)(uint32_t) noexcept,
                                     int64_t (*from)(uint32_t) noexcept) noexcept
        OPENWSK_REQUIRES(mutex_);
    control_result socket_option(const control_call& c) noexcept OPENWSK_REQUIRES(mutex_);
    control_result sharing_option(const control_call& c) noexcept OPENWSK_REQUIRES(mutex_);
    control_result security_option(const control_call& c) noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] descriptor_cache& descriptors() const noexcept;
    control_result keep_alive_option(const control_call& c) noexcept OPENWSK_REQUIRES(mutex_);
    control_result receive_buffer_option(const control_call& c) noexcept OPENWSK_REQUIRES(mutex_);
    control_result conditional_option(const control_call& c) noexcept OPENWSK_REQUIRES(mutex_);
    control_result v6_only_option(const control_call& c) noexcept OPENWSK_REQUIRES(mutex_);
    control_result tcp_option(const control_call& c) noexcept OPENWSK_REQUIRES(mutex_);
    control_result transport_option(net::option o, const control_call& c,
                                    uint32_t unit = 1) noexcept OPENWSK_REQUIRES(mutex_);

    // -- Constant while the socket is open.
    sockets* home_ = nullptr;
    client* client_ = nullptr;
    wsk::category category_ = category::basic;
    net::family family_ = net::family::none;
    bool datagram_type_ = false;  ///< a listening socket made for UDP: cannot be bound
    const void* site_ = nullptr;
    uint64_t ordinal_ = 0;

    std::atomic<uint64_t> holds_{0};  // low half: holds, high half: calls among them
    // Taken, with acquire, by the first close; put there before the driver has the socket.
    std::atomic<io::operation*> close_reserve_{nullptr};

    // -- Guarded by mutex(). Clang's analysis cannot name a lock of a base class here, so the
    // functions above carry the annotations.
    void* context_ = nullptr;
    const WSK_CLIENT_LISTEN_DISPATCH* listen_dispatch_ = nullptr;
    const WSK_CLIENT_CONNECTION_DISPATCH* connect_dispatch_ = nullptr;
    base::ref_ptr<net::socket> transport_;
    socket_state state_ = socket_state::unused;
    bool dead_ = false;
    bool visible_ = false;  ///< the driver has been given the socket
    base::status failure_;
    bool aborted_ = false;  ///< the failure is the driver's own abort

    // options
    port_table::claim port_;
    bool reuse_address_ = false;
    bool exclusive_address_ = false;
    PSECURITY_DESCRIPTOR security_ = nullptr;  // in use in the cache; null: the default
    bool grants_sharing_ = false;              // by its security descriptor
    bool v6_only_ = true;
    bool no_delay_ = false;
    bool error_reports_ = false;
    uint32_t receive_buffer_ = 0;  // as set; 0: default

    // requests
    request_list completions_;
    request_list disabling_;
    request* connect_ = nullptr;
    request* close_ = nullptr;
    bool begun_close_ = false;
    std::atomic<bool> closed_by_client_{false};
    bool transport_closed_ = false;

    // events
    uint32_t static_events_ = 0;
    uint32_t enabled_ = 0;
    uint32_t in_callback_ = 0;      // the event whose callback is running
    bool active_ = false;           // connection events may be delivered
    bool awaits_dispatch_ = false;  // inside WskAcceptEvent: its outputs are not known yet
    bool graceful_told_ = false;
    bool abortive_told_ = false;
    uint32_t dead_told_ = 0;

    // sending
    request_list sends_;
    owned<net::transfer> sending_;
    owned<net::operation> finishing_;
    request* finish_ = nullptr;  // the disconnect whose FIN is under way
    bool send_token_ = false;    // held by a pump
    bool send_busy_ = false;     // a kernel call is being made without the lock
    size_t backlog_told_ = 0;
    size_t backlog_now_ = 0;
    bool send_armed_ = false;  // an operation has it
    bool send_shut_ = false;
    bool finish_done_ = false;

    // receiving
    request_list receives_;
    base::list<lent, &lent::link> staged_;
    base::list<lent, &lent::link> retained_;
    owned<net::transfer> receivable_;
    size_t retained_bytes_ = 0;
    bool receive_token_ = false;
    bool receive_busy_ = false;  // a kernel call is being made without the lock
    bool receive_armed_ = false;
    bool indicating_ = false;
    bool paused_ = false;
    bool unpaused_ = false;  // WskReceive was called during the indication
    bool peer_shut_ = false;
    bool peer_finished_ = false;  // FIN seen by the watch; data may be unread
    bool received_all_ = false;   // the transport has reported its failure to a receive

    owned<net::operation> hangup_;
    bool hangup_armed_ = false;
    owned<net::connect_operation> connecting_;
    owned<net::close_operation> closing_;
    owned<net::timer> retry_;
    bool retry_armed_ = false;

    listener* listener_ = nullptr;

    // As a child: parent_ guarded by our lock, the rest by the parent's.
    enum class child_state : uint8_t { loose, uninspected, inspecting, pended, ready, dropped };
    base::list_node child_node_;
    child_state child_ = child_state::loose;
    bool child_failed_ = false;  // the peer reset it before it was delivered
    bool inspected_ = false;     // the driver has been asked about it
    bool abort_due_ = false;     // it wants to know that it is gone
    WSK_INSPECT_ID inspect_id_ = {};
    WSK_INSPECT_ACTION verdict_ =
        WskInspectMax;  // WskInspectComplete came before the callback returned
    socket* parent_ = nullptr;

    base::traffic_info traffic_;
};

}  // namespace wsk
