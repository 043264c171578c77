// The museum of leaks in Go: what `goleak` says of each kind when a test ends, and what the goroutine-leak profile of Go
// 1.26 says of it while the program runs on. Prints one JSON document; ../run.py lays it beside ours.
package main

import (
	"encoding/json"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"time"

	"go.uber.org/goleak"
)

type found struct {
	Goleak  bool `json:"goleak"`
	Profile bool `json:"profile"`
}

type cost struct {
	Seconds float64 `json:"seconds"`
	// Collections that the profile ran: each stops the program.
	Pauses  int64   `json:"pauses"`
	PauseMs float64 `json:"pause_ms"`
	Leaked  int     `json:"leaked"`
}

type document struct {
	Version string           `json:"version"`
	Date    string           `json:"date"`
	Kinds   map[string]found `json:"kinds"`
	Healthy map[string]found `json:"healthy"`
	Cost    map[string]cost  `json:"cost"`
}

func main() {
	all := document{runtime.Version(), time.Now().UTC().Format("2006-01-02"), map[string]found{}, map[string]found{}, map[string]cost{}}
	for _, each := range kinds {
		all.Kinds[each.name] = judge(each.plant, "leak_"+each.name)
	}
	for _, each := range healthy {
		all.Healthy[each.name] = judge(each.plant, "well_"+each.name)
	}
	all.Cost["waiters_100000"] = crowd(100_000)
	all.Cost["chain_10000"] = chain(10_000)
	json.NewEncoder(os.Stdout).Encode(all)
}

// What both say of goroutines that run a function of this name.
func judge(plant func(), function string) found {
	before := goleak.IgnoreCurrent()
	plant()
	time.Sleep(300 * time.Millisecond)
	text := profile()
	err := goleak.Find(before)
	return found{err != nil && strings.Contains(err.Error(), function), strings.Contains(text, function)}
}

func profile() string {
	var text strings.Builder
	pprof.Lookup("goroutineleak").WriteTo(&text, 1)
	return text.String()
}

func measured() cost {
	var before, after debug.GCStats
	debug.ReadGCStats(&before)
	began := time.Now()
	text := profile()
	took := time.Since(began)
	debug.ReadGCStats(&after)
	leaked := strings.Count(text, "\n")
	return cost{took.Seconds(), after.NumGC - before.NumGC, (after.PauseTotal - before.PauseTotal).Seconds() * 1e3, leaked}
}

// Goroutines that wait for work which may come.
func crowd(count int) cost {
	work := make(chan int)
	for range count {
		go func() { <-work }()
	}
	time.Sleep(time.Second)
	taken := measured()
	close(work)
	time.Sleep(time.Second)
	return taken
}

// Goroutines of which each waits for the next, and the last one for us.
func chain(count int) cost {
	first := make(chan int)
	next := first
	for range count {
		mine, after := next, make(chan int)
		go func() { after <- <-mine }()
		next = after
	}
	time.Sleep(time.Second)
	taken := measured()
	close(first)
	runtime.KeepAlive(next)
	return taken
}

// What healthy goroutines wait for: kept where a program keeps such things.
var (
	work     = make(chan int)
	answers  = map[int]chan int{1: make(chan int)}
	prices   = make(chan struct{})
	listener net.Listener
)

var healthy = []kind{
	{"worker", func() { go well_worker(func() { <-work }) }},
	{"answer_in_a_table", func() { answer := answers[1]; go well_answer_in_a_table(func() { <-answer }) }},
	{"time_out", func() {
		go well_time_out(func() {
			select {
			case <-make(chan int):
			case <-time.After(time.Hour):
			}
		})
	}},
	{"watcher", func() { go well_watcher(func() { <-prices }) }},
	{"accept", func() {
		listener, _ = net.Listen("tcp", "127.0.0.1:0")
		go well_accept(func() { listener.Accept() })
	}},
	{"slow_reader", func() {
		changes := make(chan int, 1)
		go well_slow_reader(func() { changes <- 1; changes <- 2 })
		go func() { time.Sleep(time.Hour); <-changes }()
	}},
}

func well_worker(body func())            { body() }
func well_answer_in_a_table(body func()) { body() }
func well_time_out(body func())          { body() }
func well_watcher(body func())           { body() }
func well_accept(body func())            { body() }
func well_slow_reader(body func())       { body() }
