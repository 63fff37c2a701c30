package org.entrenous;

import static org.entrenous.CApi.C;
import static org.entrenous.EntrenousException.check;

import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import com.sun.jna.ptr.PointerByReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Copies what the library lends for as long as a handle is not freed. */
final class Copies {
    private Copies() {}

    /** A function that gives the element of a list. */
    interface At {
        int at(Pointer list, SizeT index, PointerByReference element);
    }

    /** Copies a list, and frees it. */
    static <S extends Structure, T> List<T> takeList(Pointer list, At at, Class<S> type, Function<S, T> copy) {
        try {
            return list(list, at, type, copy);
        } finally {
            C.entrenous_free(list);
        }
    }

    static <S extends Structure, T> List<T> list(Pointer list, At at, Class<S> type, Function<S, T> copy) {
        var count = new SizeT.Out();
        check(C.entrenous_count(list, count));
        var copies = new ArrayList<T>(count.get());
        for (int index = 0; index < count.get(); index++) {
            var element = new PointerByReference();
            check(at.at(list, new SizeT(index), element));
            copies.add(copy.apply(read(type, element)));
        }
        return copies;
    }

    /** Copies a buffer's text, and frees it. */
    static String takeText(Pointer buffer) {
        try {
            var data = new PointerByReference();
            var len = new SizeT.Out();
            check(C.entrenous_buffer_read(buffer, data, len));
            return new String(data.getValue().getByteArray(0, len.get()), StandardCharsets.UTF_8);
        } finally {
            C.entrenous_free(buffer);
        }
    }

    static <S extends Structure> S read(Class<S> type, PointerByReference at) {
        S struct = Structure.newInstance(type, at.getValue());
        struct.read();
        return struct;
    }
}
