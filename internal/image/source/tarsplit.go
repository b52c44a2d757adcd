package source

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
)

// maxSplitLine bounds one record of tar-split: a piece of raw tar between two
// files' contents (headers, extended headers, padding) in base64.
const maxSplitLine = 16 << 20

// Types of records of tar-split.
const (
	splitFile    = 1
	splitSegment = 2
)

// splitRecord is a line of tar-split.json (github.com/vbatts/tar-split,
// tar/storage/entry.go): either a piece of the tar as it was, or the name, size
// and CRC-64 of a file whose content goes there.
type splitRecord struct {
	Type    int    `json:"type"`
	Name    string `json:"name"`
	NameRaw []byte `json:"name_raw"`
	Size    int64  `json:"size"`
	Payload []byte `json:"payload"`
}

// name is the file's name in the tar; NameRaw has it when it is not UTF-8.
func (r *splitRecord) name() string {
	if len(r.NameRaw) > 0 {
		return string(r.NameRaw)
	}
	return r.Name
}

// splitReader gives a layer's tar again, from its tar-split record and the files
// of the layer's directory. A file that has another size or checksum than the
// record says ends it with a *Mismatch; otherwise only the hash of the whole
// can say whether it is the same tar.
type splitReader struct {
	layer   string
	lines   *bufio.Scanner
	open    func(name string) (io.ReadCloser, int64, error)
	segment bytes.Reader
	file    *splitContent
	err     error
}

// splitContent is a file being copied into the tar.
type splitContent struct {
	name string
	io.ReadCloser
	left int64
	sum  uint64
	want uint64
}

var crcTable = crc64.MakeTable(crc64.ISO)

// newSplitReader reads records from meta (uncompressed); open gives a file of
// the layer by its name in the tar, with its size.
func newSplitReader(layer string, meta io.Reader, open func(name string) (io.ReadCloser, int64, error)) *splitReader {
	lines := bufio.NewScanner(meta)
	lines.Buffer(make([]byte, 0, 64<<10), maxSplitLine)
	return &splitReader{layer: layer, lines: lines, open: open}
}

// Read implements io.Reader.
func (s *splitReader) Read(p []byte) (int, error) {
	for s.err == nil {
		if s.segment.Len() > 0 {
			return s.segment.Read(p)
		}
		if s.file != nil {
			n, err := s.readFile(p)
			if n > 0 || err != nil {
				s.err = err
				return n, err
			}
			continue
		}
		s.err = s.next()
	}
	return 0, s.err
}

// Close closes the file that is being read.
func (s *splitReader) Close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// next takes the next record.
func (s *splitReader) next() error {
	if !s.lines.Scan() {
		switch err := s.lines.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			return fmt.Errorf("%w: a record of its tar-split is longer than %d bytes", ErrCannotVerify, maxSplitLine)
		case err != nil:
			return fmt.Errorf("%w: read its tar-split record: %w", ErrCannotVerify, err)
		}
		return io.EOF
	}
	var r splitRecord
	if err := json.Unmarshal(s.lines.Bytes(), &r); err != nil {
		return fmt.Errorf("%w: its tar-split record is damaged: %w", ErrCannotVerify, err)
	}
	switch r.Type {
	case splitSegment:
		s.segment.Reset(r.Payload)
	case splitFile:
		return s.begin(&r)
	default:
		return fmt.Errorf("%w: its tar-split record has an entry of type %d", ErrCannotVerify, r.Type)
	}
	return nil
}

func (s *splitReader) begin(r *splitRecord) error {
	if r.Size == 0 {
		return nil // directories, links, empty files: all is in the header
	}
	if r.Size < 0 || len(r.Payload) != 8 {
		return fmt.Errorf("%w: its tar-split record is damaged: a file without size or checksum", ErrCannotVerify)
	}
	f, size, err := s.open(r.name())
	if err != nil {
		return err
	}
	if size != r.Size {
		f.Close()
		return &Mismatch{Layer: s.layer, Path: r.name(), Detail: fmt.Sprintf("has %d bytes, the layer has %d", size, r.Size)}
	}
	s.file = &splitContent{name: r.name(), ReadCloser: f, left: size, want: binary.BigEndian.Uint64(r.Payload)}
	return nil
}

// readFile copies from the file at hand; 0, nil at its end.
func (s *splitReader) readFile(p []byte) (int, error) {
	f := s.file
	if f.left == 0 {
		if f.sum != f.want {
			return 0, &Mismatch{Layer: s.layer, Path: f.name, Detail: "its content differs from the layer's"}
		}
		return 0, s.Close()
	}
	if len(p) == 0 {
		return 0, io.ErrShortBuffer
	}
	n, err := f.Read(p[:min(int64(len(p)), f.left)])
	f.sum = crc64.Update(f.sum, crcTable, p[:n])
	f.left -= int64(n)
	if err != nil && f.left > 0 {
		if errors.Is(err, io.EOF) {
			return n, &Mismatch{Layer: s.layer, Path: f.name, Detail: "became shorter while it was read"}
		}
		return n, fmt.Errorf("read %q: %w", f.name, err)
	}
	return n, nil
}
