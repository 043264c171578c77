// The parts of a Kubernetes control plane in one program, for tests and benchmarks: etcd, the API server,
// kube-scheduler and the controller manager, each as it is published. Nothing here is part of Paceline.
//
//	control-plane etcd DATA CLIENT_URL PEER_URL
//	control-plane apiserver|scheduler|controller-manager FLAGS...
package main

import (
	"fmt"
	"log"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func main() {
	if len(os.Args) < 2 {
		log.Fatal("say which part: etcd, apiserver, scheduler or controller-manager")
	}
	part := os.Args[1]
	os.Args = append([]string{part}, os.Args[2:]...)
	switch part {
	case "etcd":
		runEtcd(os.Args[1:])
	case "apiserver":
		run(apiserver.NewAPIServerCommand())
	case "scheduler":
		run(scheduler.NewSchedulerCommand())
	case "controller-manager":
		run(controllers.NewControllerManagerCommand())
	default:
		log.Fatalf("no such part: %s", part)
	}
}

// run hands the command line to one of Kubernetes' own commands, and ends as it ends.
func run(command *cobra.Command) {
	os.Exit(cli.Run(command))
}

// runEtcd starts a single member, on loopback, that forgets nothing it was told and syncs nothing to disk: its data
// lives no longer than the test.
func runEtcd(args []string) {
	if len(args) != 3 {
		log.Fatal("etcd takes DATA CLIENT_URL PEER_URL")
	}
	client, peer := loopback(args[1]), loopback(args[2])
	config := embed.NewConfig()
	config.Dir = args[0]
	config.LogLevel = "error"
	config.UnsafeNoFsync = true
	config.ListenClientUrls, config.AdvertiseClientUrls = client, client
	config.ListenPeerUrls, config.AdvertisePeerUrls = peer, peer
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	member, err := embed.StartEtcd(config)
	if err != nil {
		log.Fatalf("etcd: %v", err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	select {
	case <-stop:
	case err := <-member.Err():
		log.Fatalf("etcd: %v", err)
	}
	member.Close()
	fmt.Println("etcd: stopped")
}

func loopback(text string) []url.URL {
	address, err := url.Parse(text)
	if err != nil {
		log.Fatalf("etcd: %s is no URL: %v", text, err)
	}
	return []url.URL{*address}
}
