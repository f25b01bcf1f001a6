package records

import (
	"errors"
	"io/fs"
	"os"
	"runtime/debug"
	"syscall"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// open opens the file, or makes it; one that it made and cannot use it takes away again, for the next start would take
// what a full disk has room for as a damaged file.
//
// bbolt maps the file into memory and believes what its pages say: beyond the end of a file that was cut short a look is
// a fault, which would end the process, and garbled pages are a panic. Here both are an error.
func open(path string) (b *Bolt, err error) {
	var begun opening
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // of this goroutine alone
	defer func() {
		if recover() != nil {
			// bbolt may hold locks that its Close waits for: what it has mapped, and its lock on the file, go with the process.
			b, err = nil, errors.Join(ErrDamaged, begun.file.Close())
		}
		if err != nil && begun.made {
			err = errors.Join(err, os.Remove(path))
		}
	}()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait, FreelistType: bbolt.FreelistMapType, OpenFile: begun.openFile})
	if err != nil {
		return nil, blame(err)
	}
	b = &Bolt{db: db}
	if err = readAll(db, begun.file); err == nil {
		err = b.prepare(path)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return b, nil
}

// opening is what bbolt does not tell of the file it opens.
type opening struct {
	file *os.File
	made bool // by us: it was not there before
}

func (o *opening) openFile(path string, flag int, mode os.FileMode) (file *os.File, err error) {
	file, err = os.OpenFile(path, flag|os.O_EXCL, mode)
	o.made = err == nil
	if errors.Is(err, fs.ErrExist) {
		file, err = os.OpenFile(path, flag, mode)
	}
	o.file = file
	return file, err
}

// readAll looks at all that is kept, so that damage shows now and not when somebody asks for a record.
func readAll(db *bbolt.DB, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return db.View(func(tx *bbolt.Tx) error {
		if info.Size() < tx.Size() { // the file may be longer than its pages, never shorter
			return ErrDamaged
		}
		return tx.ForEach(func(_ []byte, bucket *bbolt.Bucket) error {
			return bucket.ForEach(func(_, _ []byte) error { return nil })
		})
	})
}

// blame says whose fault it is that bbolt opens no file: another process's, the system's, which refused something, or else the file's.
func blame(err error) error {
	var refused syscall.Errno
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return ErrInUse
	case errors.As(err, &refused):
		return err
	}
	return ErrDamaged
}
