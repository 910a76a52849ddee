package core

import "slices"

// queue is a first-in, first-out queue that keeps its memory. The zero value is
// empty.
type queue[E comparable] struct {
	elems []E
	head  int // index of the first element
}

func (q *queue[E]) len() int { return len(q.elems) - q.head }

// first returns the first element. The queue is not empty.
func (q *queue[E]) first() E { return q.elems[q.head] }

func (q *queue[E]) push(e E) { q.elems = append(q.elems, e) }

// pop removes and returns the first element. The queue is not empty.
func (q *queue[E]) pop() E {
	var zero E
	first := q.first()
	q.elems[q.head] = zero
	q.head++
	if 2*q.head >= len(q.elems) { // so that each element moves at most once
		n := copy(q.elems, q.elems[q.head:])
		clear(q.elems[n:])
		q.elems, q.head = q.elems[:n], 0
	}
	return first
}

// pushFirst makes e the first element.
func (q *queue[E]) pushFirst(e E) { q.elems = slices.Insert(q.elems, q.head, e) }

// insertAfter inserts e after prev, which is in the queue.
func (q *queue[E]) insertAfter(prev, e E) {
	q.elems = slices.Insert(q.elems, slices.Index(q.elems, prev)+1, e)
}
