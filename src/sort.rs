//! Sorting in a few hundred bytes. The standard library's sorts are faster and cost the module 20 KB for six lists.

use std::cmp::Ordering;

/// Sorts `list` in place (heapsort: n log n at worst, equal elements in any order).
pub fn sort_by<T>(list: &mut [T], compare: &mut dyn FnMut(&T, &T) -> Ordering) {
    let length = list.len();
    for root in (0..length / 2).rev() {
        sift_down(list, root, compare);
    }
    for end in (1..length).rev() {
        list.swap(0, end);
        if let Some(heap) = list.get_mut(..end) {
            sift_down(heap, 0, compare);
        }
    }
}

/// Lets the element at `root` sink until none below it is greater.
fn sift_down<T>(heap: &mut [T], mut root: usize, compare: &mut dyn FnMut(&T, &T) -> Ordering) {
    loop {
        let mut greatest = root;
        for child in [2 * root + 1, 2 * root + 2] {
            if let (Some(below), Some(above)) = (heap.get(child), heap.get(greatest))
                && compare(below, above) == Ordering::Greater
            {
                greatest = child;
            }
        }
        if greatest == root {
            return;
        }
        heap.swap(root, greatest);
        root = greatest;
    }
}

#[cfg(test)]
mod tests {
    use super::sort_by;
    #[test]
    fn it_sorts_as_the_standard_library_does() {
        let mut state = 1_u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % 100
        };
        for length in 0..200 {
            let mut ours: Vec<u64> = (0..length).map(|_| draw()).collect();
            let mut theirs = ours.clone();
            sort_by(&mut ours, &mut Ord::cmp);
            theirs.sort_unstable();
            assert_eq!(ours, theirs);
        }
    }
}
