package store_test

import (
	"testing"

	"yodel/store"
)

func FuzzParsePosition(f *testing.F) {
	f.Add(store.Position{Epoch: store.NewEpoch("r"), Seq: 12}.String())
	f.Add("-1")
	f.Add("0123456789abcdef-18446744073709551616")
	f.Add("0123456789abcdef-007")
	f.Fuzz(func(t *testing.T, text string) {
		if position, ok := store.ParsePosition(text); ok && position.String() != text {
			t.Fatalf("%q was read as %q", text, position)
		}
	})
}

func TestAPositionKnowsItsRoom(t *testing.T) {
	at := store.Position{Epoch: store.NewEpoch("kitchen"), Seq: 7}
	read, ok := store.ParsePosition(at.String())
	if !ok || read != at {
		t.Fatalf("%q was read as %+v, %v", at, read, ok)
	}
	if !read.Of("kitchen") || read.Of("cellar") || (store.Position{}).Of("kitchen") {
		t.Fatal("the room of a position is not recognised")
	}
	if store.NewEpoch("kitchen") == at.Epoch {
		t.Fatal("two logs of a room have one epoch")
	}
}
