use std::panic;

fn main() {
    let caught = panic::catch_unwind(|| {
        let numbers: Vec<u8> = Vec::new();
        numbers[std::env::args().count()]
    });
    println!("truth: Rust unwound {}", caught.is_err());
}
