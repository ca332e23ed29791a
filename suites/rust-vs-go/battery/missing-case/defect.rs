//! A state was added; one place does not know it.

enum State {
    Open,
    Paid,
    Cancelled,
}

fn refund(state: &State, paid: u32) -> u32 {
    match state { // DEFECT
        State::Open => 0,
        State::Paid => paid,
    }
}

fn main() {
    let _ = (State::Open, State::Paid);
    println!("refund {}", refund(&State::Cancelled, 30));
}
