package uihook

import "time"

// series is the number of items that finished in each bin of time.
type series struct {
	shift        uint
	done, failed [bins]float64
}

// add spreads items over the time in which they finished.
func (s *series) add(from, to time.Duration, done, failed float64) {
	from, to = clampSpan(from), clampSpan(to)
	s.fold(shiftFor(s.shift, to))
	width := firstBin << s.shift
	last := int(to / width)
	total := float64(to - from)
	for i := int(from / width); i < last; i++ {
		next := time.Duration(i+1) * width
		part := float64(next-from) / total
		s.done[i] += done * part
		s.failed[i] += failed * part
		done -= done * part
		failed -= failed * part
		total -= float64(next - from)
		from = next
	}
	s.done[last] += done
	s.failed[last] += failed
}

// fold makes bins wider, by adding neighbours.
func (s *series) fold(shift uint) {
	for ; s.shift < shift; s.shift++ {
		for i := range bins / 2 {
			s.done[i] = s.done[2*i] + s.done[2*i+1]
			s.failed[i] = s.failed[2*i] + s.failed[2*i+1]
		}
		clear(s.done[bins/2:])
		clear(s.failed[bins/2:])
	}
}
