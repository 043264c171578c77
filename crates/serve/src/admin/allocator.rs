//! The allocator that samples itself, for heap profiles: one stack for each 512 KiB asked for.

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[expect(
    unsafe_code,
    reason = "the allocator reads its settings from a symbol of this name; nothing else has it"
)]
#[unsafe(export_name = "_rjem_malloc_conf")]
static SETTINGS: &[u8] = b"prof:true,prof_active:true,lg_prof_sample:19\0";

/// Refers to the settings, so that the linker takes them in.
pub(super) fn keep() {
    std::hint::black_box(SETTINGS);
}
