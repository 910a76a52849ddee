package core

import (
	"slices"
	"sort"
)

// pageItems is how many items one page of a failedSet covers.
const pageItems = 4096

// failedSet is a set of failed items. Its memory follows the failures, not the
// number of items. The zero value is empty.
type failedSet struct {
	pages  map[int]*[pageItems / 64]uint64 // single items
	ranges []itemRange                     // failed chunks, sorted by seal
}

// add adds items, which are no part of the set yet.
func (s *failedSet) add(items itemRange) {
	if items.end-items.start > 1 {
		s.ranges = append(s.ranges, items)
		return
	}
	if s.pages == nil {
		s.pages = map[int]*[pageItems / 64]uint64{}
	}
	i := items.start
	page := s.pages[i/pageItems]
	if page == nil {
		page = new([pageItems / 64]uint64)
		s.pages[i/pageItems] = page
	}
	page[i%pageItems/64] |= 1 << (i % 64)
}

// seal prepares the set for has, when nothing more is added.
func (s *failedSet) seal() { slices.SortFunc(s.ranges, compareRanges) }

func (s *failedSet) has(i int) bool {
	if i < 0 {
		return false
	}
	if page := s.pages[i/pageItems]; page != nil && page[i%pageItems/64]&(1<<(i%64)) != 0 {
		return true
	}
	return inRanges(s.ranges, i)
}

// inRanges reports whether i is in one of the ranges, which are sorted.
func inRanges(ranges []itemRange, i int) bool {
	k := sort.Search(len(ranges), func(k int) bool { return ranges[k].end > i })
	return k < len(ranges) && ranges[k].start <= i
}
