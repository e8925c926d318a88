use std::collections::HashMap;
use std::thread;

fn main() {
    let worker = thread::spawn(|| {
        let mut words = HashMap::new();
        words.insert("truth", "hello from Rust");
        words
    });
    let words = worker.join().expect("the thread ends");
    println!("truth: {}", words["truth"]);
}
