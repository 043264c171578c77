//! Files as people have them.

use super::*;
use expect_test::expect;
use paceline_model::edge::NodeId;
use std::collections::BTreeSet;

fn read(files: &[(&str, &str)]) -> anyhow::Result<Inventory> {
    let dir = tempfile::tempdir().expect("room");
    let write = |(name, text): &(&str, &str)| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).expect("room");
        path
    };
    let files: Vec<PathBuf> = files.iter().map(write).collect();
    let shown = |error: anyhow::Error| {
        anyhow::anyhow!("{}", format!("{error:#}").replace(&format!("{}/", dir.path().display()), ""))
    };
    super::read(&files).map_err(shown)
}

fn refused(name: &str, text: &str) -> String {
    read(&[(name, text)]).expect_err("it is wrong").to_string()
}

const NODES: &str =
    "name,architecture,cpu_milli,memory_mib,cuda,gpu_uuids,gpu_product,gpu_memory_mib,zone,labels
box-1,amd64,8000,32768,12.4,GPU-1 GPU-2,T4,15109,line-a,paint=red weld=yes
box-2,arm64,4000,8192,,,,,,
";
const MODELS: &str = "model,version,precision,size_mib,memory_mib,latency_ms,accuracy_permille,cuda_min
spots,1.2.0,fp16,180,6200,18,968,11.8
bolts,0.9.1,fp16,60,2100,9,982,
spots,1.2.0,int8,95,3400,11,951,11.4
";

#[test]
fn tables_of_nodes_and_models_are_what_our_own_json_is() {
    let all = read(&[("nodes.csv", NODES), ("models.csv", MODELS)]).expect("both are tables");
    let ours = r#"{"nodes": {
        "box-1": {"architecture": "amd64", "cuda": "12.4", "cpu_milli": 8000, "memory_mib": 32768, "devices": [
            {"uuid": "GPU-1", "product": "T4", "memory_mib": 15109}, {"uuid": "GPU-2", "product": "T4", "memory_mib": 15109}],
            "place": {"zone": "line-a"}, "labels": {"paint": "red", "weld": "yes"}},
        "box-2": {"architecture": "arm64", "cpu_milli": 4000, "memory_mib": 8192}},
      "models": {
        "bolts": {"versions": [{"version": "0.9.1", "variants": [
            {"precision": "fp16", "size_mib": 60, "memory_mib": 2100, "latency_ms": 9, "accuracy_permille": 982}]}]},
        "spots": {"versions": [{"version": "1.2.0", "variants": [
            {"precision": "fp16", "size_mib": 180, "memory_mib": 6200, "cuda_min": "11.8", "latency_ms": 18, "accuracy_permille": 968},
            {"precision": "int8", "size_mib": 95, "memory_mib": 3400, "cuda_min": "11.4", "latency_ms": 11, "accuracy_permille": 951}]}]}}}"#;
    let ours = read(&[("ours.json", ours)]).expect("our own");
    assert_eq!((&all.nodes, &all.models), (&ours.nodes, &ours.models));
}

#[test]
fn a_table_that_is_wrong_says_in_which_line_and_column() {
    let with = |line: &str| refused("nodes.csv", &format!("{NODES}{line}\n"));
    expect!["nodes.csv: line 4, column cpu_milli: invalid digit found in string"]
        .assert_eq(&with("box-3,arm64,four,8192,,,,,,"));
    expect!["nodes.csv: line 4: node box-1 is there twice"].assert_eq(&with("box-1,arm64,4000,8192,,,,,,"));
    expect!["nodes.csv: line 4: gpu_uuids without gpu_memory_mib"]
        .assert_eq(&with("b,arm64,4000,8192,,GPU-3,T4,,,"));
    expect!["nodes.csv: line 4: column labels: `paint` is no key=value"]
        .assert_eq(&with("b,arm64,4000,8192,,,,,,paint"));
    expect!["nodes.csv: CSV error: record 3 (line: 4, byte: 196): found record with 2 fields, but the previous record has 10 fields"]
        .assert_eq(&with("b,arm64"));
    expect!["nodes.csv: line 2: unknown field `gpus`, expected one of `name`, `architecture`, `cpu_milli`, `memory_mib`, `pcie_mbps`, `storage_mib`, `cuda`, `driver`, `firmware`, `gpu_uuids`, `gpu_product`, `gpu_memory_mib`, `site`, `rack`, `zone`, `cluster`, `battery_reserve_percent`, `neighbours`, `labels`"]
        .assert_eq(&refused("nodes.csv", "name,architecture,cpu_milli,memory_mib,gpus\nb,arm64,1,1,2\n"));
    expect![
        "models.csv: line 2: unknown variant `fp12`, expected one of `fp32`, `bf16`, `fp16`, `int8`, `int4`"
    ]
    .assert_eq(&refused(
        "models.csv",
        "model,version,precision,size_mib,memory_mib,latency_ms,accuracy_permille\nm,1.0.0,fp12,1,1,1,1\n",
    ));
    expect!["what.csv: its first line must name columns: `name`, `architecture`, … of nodes, or `model`, `precision`, … of models"].assert_eq(&refused("what.csv", "a,b\n1,2\n"));
    expect!["what.txt: its name must end in .json or .csv"].assert_eq(&refused("what.txt", "a"));
}

const CLUSTER: &str = r#"{"apiVersion": "v1", "kind": "List", "items": [
  {"kind": "Node", "metadata": {"name": "gpu-1", "labels": {"kubernetes.io/arch": "amd64", "kubernetes.io/hostname": "gpu-1",
     "topology.kubernetes.io/zone": "eu-1", "pool": "infer", "nvidia.com/gpu.product": "Tesla-T4-SHARED", "nvidia.com/gpu.memory": "15360",
     "nvidia.com/gpu.count": "2", "nvidia.com/gpu.replicas": "4", "nvidia.com/cuda.runtime-version.full": "12.4",
     "nvidia.com/cuda.driver-version.full": "550.54.15"}},
   "spec": {"unschedulable": true, "taints": [
     {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}, {"key": "gpu", "value": "only", "effect": "NoSchedule"}]},
   "status": {"allocatable": {"cpu": "7910m", "memory": "32873936Ki", "ephemeral-storage": "47093746742", "nvidia.com/gpu": "8", "pods": "110"}}},
  {"kind": "Node", "metadata": {"name": "plain", "labels": {"kubernetes.io/arch": "arm64"}},
   "status": {"allocatable": {"cpu": "4", "memory": "8Gi"}}}]}"#;

#[test]
fn nodes_of_a_cluster_are_taken_as_it_lists_them() {
    let all = read(&[("nodes.json", CLUSTER)]).expect("a list of nodes");
    let told = |name: &str| serde_json::to_string(&all.nodes[name]).expect("plain data");
    expect![[r#"{"architecture":"amd64","cuda":"12.4","driver":"550.54.15","firmware":null,"devices":[{"uuid":"gpu-1-gpu-0","product":"Tesla-T4","memory_mib":15360},{"uuid":"gpu-1-gpu-1","product":"Tesla-T4","memory_mib":15360}],"cpu_milli":7910,"memory_mib":32103,"pcie_mbps":0,"storage_mib":44912,"place":{"site":null,"rack":null,"zone":"eu-1","cluster":null,"position":null},"battery_reserve_percent":null,"labels":{"nvidia.com/cuda.driver-version.full":"550.54.15","nvidia.com/cuda.runtime-version.full":"12.4","nvidia.com/gpu.count":"2","nvidia.com/gpu.memory":"15360","nvidia.com/gpu.product":"Tesla-T4-SHARED","nvidia.com/gpu.replicas":"4","pool":"infer"},"taints":[{"key":"gpu","value":"only","effect":"NoSchedule"}],"untrusted":false}"#]].assert_eq(&told("gpu-1"));
    expect![[r#"{"architecture":"arm64","cuda":null,"driver":null,"firmware":null,"devices":[],"cpu_milli":4000,"memory_mib":8192,"pcie_mbps":0,"place":{"site":null,"rack":null,"zone":null,"cluster":null,"position":null},"battery_reserve_percent":null,"labels":{},"taints":[],"untrusted":false}"#]].assert_eq(&told("plain"));
    assert_eq!(all.cordoned, BTreeSet::from(["gpu-1".to_owned()]));
    expect!["gpu-1: a list of nodes has no UUIDs: its GPUs are called gpu-1-gpu-0 to gpu-1-gpu-1"]
        .assert_eq(&all.remarks.join("\n"));
    for (name, node) in &all.nodes {
        node.spec(NodeId::new(name).expect("a good name")).expect("a node that a server takes");
    }
}

#[test]
fn a_node_of_a_cluster_that_lacks_something_is_named() {
    let without = |what: &str, with: &str| refused("nodes.json", &CLUSTER.replace(what, with));
    expect!["nodes.json: node gpu-1: it offers 8 GPUs, and label nvidia.com/gpu.memory, which GPU feature discovery sets, is missing"].assert_eq(&without(r#""nvidia.com/gpu.memory": "15360","#, ""));
    expect!["nodes.json: node plain: status.allocatable.cpu is missing"]
        .assert_eq(&without(r#""cpu": "4", "#, ""));
    expect!["nodes.json: node plain: `8Gib` is no quantity such as 4, 7910m or 32Gi"]
        .assert_eq(&without("8Gi", "8Gib"));
    expect!["nodes.json: plain is no node"].assert_eq(&without(
        r#"{"kind": "Node", "metadata": {"name": "plain""#,
        r#"{"kind": "Pod", "metadata": {"name": "plain""#,
    ));
    expect!["nodes.json: a list of Kubernetes' nodes is expected: `kubectl get nodes -o json`: missing field `items` at line 1 column 16"].assert_eq(&refused("nodes.json", r#"{"kind": "Node"}"#));
}

#[test]
fn a_name_that_two_files_give_is_refused() {
    let twice = read(&[("a.csv", NODES), ("b.csv", NODES)]).expect_err("the same nodes");
    expect!["b.csv: node box-1 is in another file, too"].assert_eq(&twice.to_string());
}

#[test]
fn a_table_says_what_room_nodes_have_for_files_and_who_is_near() {
    let table = "name,architecture,cpu_milli,memory_mib,storage_mib,neighbours\nb,arm64,1,1,60000,c d\n";
    let all = read(&[("nodes.csv", table)]).expect("a table");
    let near = ["c", "d"].map(str::to_owned).to_vec();
    let said = all.nodes.get("b").map(|node| (node.storage_mib, node.neighbours.clone()));
    assert_eq!(said, Some((Some(60_000), near)));
}
