//! Who gives way.

use crate::world::{World, cpu, cpu_and, labelled, on};
use serde_json::{Value, json};

fn at(priority: i32, amount: &str) -> Value {
    cpu_and(amount, json!({ "spec": { "priority": priority } }))
}

#[test]
fn no_more_end_than_needed_the_lowest_first_and_none_where_a_place_is_free() {
    let mut world = World::new();
    world.node("n1", json!({}));
    world.node("n2", json!({}));
    world.pod("low-1", on("n1", at(10, "1")));
    world.pod("low-2", on("n1", at(10, "1")));
    world.pod("mid", on("n1", at(20, "2")));
    world.pod("top", on("n2", at(1_000, "4")));
    assert_eq!(world.place("urgent", at(100, "1")), "n1");
    assert_eq!(world.ended.len(), 1);
    assert!(world.ended[0].starts_with("low"));
    world.node("n3", json!({}));
    assert_eq!(world.place("second", at(100, "1")), "n3");
    assert_eq!(world.ended.len(), 1);
}

#[test]
fn an_equal_never_gives_way_and_nobody_does_where_it_would_not_help() {
    let mut world = World::new();
    world.node("n1", json!({}));
    world.node("n2", json!({ "spec": { "taints": [{ "key": "a", "effect": "NoSchedule" }] } }));
    world.pod("mid", on("n1", at(20, "4")));
    world.pod("low", on("n2", at(10, "4")));
    for (name, priority, cpu) in [("equal", 20, "1"), ("giant", 1_000, "8")] {
        assert!(world.place(name, at(priority, cpu)).contains("It would not help"));
    }
    let never = json!({ "spec": { "preemptionPolicy": "Never", "priority": 1_000 } });
    assert!(world.place("never", cpu_and("1", never)).contains("policy is Never"));
    assert_eq!(world.ended, [""; 0]);
}

#[test]
fn while_a_victim_ends_its_room_is_kept_and_nobody_else_ends() {
    let mut world = World::new();
    world.lingering.push("slow");
    world.node("n1", json!({}));
    world.node("n2", json!({}));
    world.pod("slow", on("n1", at(10, "3")));
    world.pod("mid", on("n2", at(20, "4")));
    assert!(world.place("high", at(100, "4")).contains("Pods are ending to make room for it"));
    assert!(world.place("small", at(10, "1")).contains("2 without enough cpu"));
    let here = json!({ "spec": { "priority": 1_000, "nodeSelector": { "kubernetes.io/hostname": "n1" } } });
    assert_eq!(world.place("vip", cpu_and("1", here)), "n1", "who stands above may have it");
    world.remove("vip");
    world.settle();
    assert_eq!(world.ended, ["slow"]);
    world.remove("slow");
    world.settle();
    assert_eq!(world.says("high"), "n1");
    assert!(world.says("small").contains("2 without enough cpu"));
}

#[test]
fn two_of_one_round_do_not_share_the_room_of_one() {
    let mut world = World::new();
    world.node("n1", json!({}));
    world.pod("low-1", on("n1", at(10, "2")));
    world.pod("low-2", on("n1", at(10, "2")));
    world.pod("high-1", at(100, "2"));
    world.pod("high-2", at(100, "2"));
    world.settle();
    assert_eq!((world.says("high-1"), world.says("high-2")), ("n1".into(), "n1".into()));
    world.ended.sort();
    assert_eq!(world.ended, ["low-1", "low-2"]);
}

#[test]
fn a_budget_is_kept_and_another_ends_instead() {
    let guarded = |cpu: &str| labelled("app", "guarded", at(10, cpu));
    let mut world = World::new();
    world.node("n1", json!({}));
    world.budget("all", json!({ "selector": { "matchLabels": { "app": "guarded" } } }), 0);
    world.pod("guarded", on("n1", guarded("4")));
    let says = world.place("first", at(100, "1"));
    assert!(says.ends_with("but disruption budgets keep them."), "{says}");
    world.node("n2", json!({}));
    world.pod("free", on("n2", at(20, "4")));
    world.settle();
    assert_eq!((world.says("first"), world.ended), ("n2".into(), vec!["free".to_owned()]));
}

#[test]
fn a_budget_of_one_lets_one_end_and_not_two() {
    let mut world = World::new();
    world.node("n1", json!({}));
    world.budget("one", json!({ "selector": { "matchLabels": { "app": "guarded" } } }), 1);
    for name in ["guarded-1", "guarded-2"] {
        world.pod(name, on("n1", labelled("app", "guarded", at(10, "2"))));
    }
    assert!(world.place("four", at(100, "4")).ends_with("but disruption budgets keep them."));
    assert_eq!(world.place("two", at(100, "2")), "n1");
    assert_eq!(world.ended.len(), 1);
}

#[test]
fn a_class_whose_owner_says_so_goes_beyond_budgets() {
    let mut world = World::new();
    world.node("n1", json!({}));
    world.class("vital", json!({ "paceline.dev/preempts-beyond-budgets": "true" }));
    world.budget("all", json!({ "selector": {} }), 0);
    world.pod("guarded", on("n1", at(10, "4")));
    let vital = json!({ "spec": { "priority": 100, "priorityClassName": "vital" } });
    assert_eq!(world.place("vital", cpu_and("1", vital)), "n1");
    assert_eq!(world.ended, ["guarded"]);
}

#[test]
fn room_is_made_also_where_others_keep_the_pod_away() {
    let mut world = World::new();
    world.node("n1", json!({}));
    let term = json!({ "topologyKey": "kubernetes.io/hostname", "labelSelector": { "matchLabels": { "app": "web" } } });
    let apart = json!({ "spec": { "affinity": { "podAntiAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": [term] } } } });
    world.pod("hermit", on("n1", apart));
    world.pod("bystander", on("n1", cpu("1")));
    let web = labelled("app", "web", json!({ "spec": { "priority": 5 } }));
    assert_eq!(world.place("web", web), "n1");
    assert_eq!(world.ended, ["hermit"]);
}
