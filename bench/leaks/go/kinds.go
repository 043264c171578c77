package main

import (
	"context"
	"sync"
	"time"
)

// A kind of leak, planted as in crates/supervise/tests/museum. Every goroutine of it runs a function named `leak` and
// the kind's name, by which it is found in what is printed of goroutines.
type kind struct {
	name  string
	plant func()
}

// Waits for what nobody will ever send.
func never() { <-make(chan int) }

// Entries of a table that lives as long as the program, as a server's does.
var callers = map[int]chan int{}

var kinds = []kind{
	{"arc_ring", func() {
		type hub struct{ inbox chan string }
		h := &hub{make(chan string, 4)}
		h.inbox <- "hello"
		go leak_arc_ring(func() {
			for range h.inbox {
			}
		})
	}},
	{"blocking_thread", func() {
		lines := make(chan string, 8)
		go leak_blocking_thread(func() {
			for range lines {
			}
		})
		go func() { never(); lines <- "" }()
	}},
	{"chain_of_spawns", func() {
		go func() { go func() { go leak_chain_of_spawns(never) }() }()
	}},
	{"dropped_scope", func() {
		ctx, cancel := context.WithCancelCause(context.Background())
		_ = cancel
		go leak_dropped_scope(func() { <-ctx.Done() })
	}},
	{"forgotten_handle", func() {
		eta := make(chan int)
		go leak_forgotten_handle(func() { eta <- 1 })
	}},
	{"forgotten_permit", func() {
		plugs := make(chan struct{}, 1)
		plugs <- struct{}{}
		go leak_forgotten_permit(func() { plugs <- struct{}{} })
	}},
	{"lock_across_await", func() {
		var ledger sync.Mutex
		held := make(chan struct{})
		go func() { ledger.Lock(); close(held); never(); ledger.Unlock() }()
		<-held
		go leak_lock_across_await(ledger.Lock)
	}},
	{"loop_outlives_vehicle", func() {
		go leak_loop_outlives_vehicle(func() {
			for range time.Tick(10 * time.Millisecond) {
			}
		})
	}},
	{"lost_wakeup", func() {
		ready := sync.NewCond(&sync.Mutex{})
		ready.Broadcast()
		go leak_lost_wakeup(func() { ready.L.Lock(); ready.Wait() })
	}},
	{"own_sender", func() {
		go leak_own_sender(func() {
			readings := make(chan int, 8)
			for sensor := range 3 {
				go func() { readings <- sensor }()
			}
			for range readings {
			}
		})
	}},
	{"reply_never_sent", func() {
		answer := make(chan int)
		callers[5] = answer
		go leak_reply_never_sent(func() { <-answer })
	}},
	{"request_child", func() {
		own, cancel := context.WithCancel(context.Background())
		_ = cancel
		go leak_request_child(func() { <-own.Done() })
	}},
	{"ring_of_channels", func() {
		battery, drive := make(chan int, 1), make(chan int, 1)
		go func() { drive <- 1; <-battery; drive <- <-battery }()
		go leak_ring_of_channels(func() { battery <- 1; <-drive; battery <- <-drive })
	}},
	{"select_drops_half", func() {
		go leak_select_drops_half(func() {
			slot := make(chan string, 1)
			slot <- "token"
			token := <-slot
			select {
			case <-time.After(time.Minute):
				slot <- token
			case <-time.After(20 * time.Millisecond):
			}
			<-slot
		})
	}},
	{"stream_not_polled", func() {
		changes := make(chan int, 2)
		go leak_stream_not_polled(func() {
			for {
				changes <- 1
			}
		})
		go func() { <-changes; never(); <-changes }()
	}},
	{"ticker_overlap", func() {
		go func() {
			for range time.Tick(100 * time.Millisecond) {
				go leak_ticker_overlap(never)
			}
		}()
	}},
	{"watch_unchanged", func() {
		changed := make(chan struct{})
		go leak_watch_unchanged(func() { <-changed })
		go func() { never(); close(changed) }()
	}},
}

func leak_arc_ring(body func())              { body() }
func leak_blocking_thread(body func())       { body() }
func leak_chain_of_spawns(body func())       { body() }
func leak_dropped_scope(body func())         { body() }
func leak_forgotten_handle(body func())      { body() }
func leak_forgotten_permit(body func())      { body() }
func leak_lock_across_await(body func())     { body() }
func leak_loop_outlives_vehicle(body func()) { body() }
func leak_lost_wakeup(body func())           { body() }
func leak_own_sender(body func())            { body() }
func leak_reply_never_sent(body func())      { body() }
func leak_request_child(body func())         { body() }
func leak_ring_of_channels(body func())      { body() }
func leak_select_drops_half(body func())     { body() }
func leak_stream_not_polled(body func())     { body() }
func leak_ticker_overlap(body func())        { body() }
func leak_watch_unchanged(body func())       { body() }
