package sendq

// entry is a waiting value with its sequence number, which orders all values.
type entry[T any] struct {
	seq   uint64
	value T
}

// ring is a first-in first-out list with a fixed capacity. It allocates its
// memory with the first entry.
type ring[T any] struct {
	entries      []entry[T]
	head, length int
}

func (r *ring[T]) at(i int) *entry[T] {
	if i += r.head; i >= len(r.entries) {
		i -= len(r.entries)
	}
	return &r.entries[i]
}

func (r *ring[T]) push(e entry[T], capacity int) {
	if r.entries == nil {
		r.entries = make([]entry[T], capacity)
	}
	r.length++
	*r.at(r.length - 1) = e
}

func (r *ring[T]) pop() T {
	first := r.at(0)
	v := first.value
	*first = entry[T]{} // so that the garbage collector can free what it points to
	if r.head++; r.head == len(r.entries) {
		r.head = 0
	}
	r.length--
	return v
}

// remove removes entry i and closes the gap.
func (r *ring[T]) remove(i int) {
	for ; i < r.length-1; i++ {
		*r.at(i) = *r.at(i + 1)
	}
	*r.at(i) = entry[T]{}
	r.length--
}
